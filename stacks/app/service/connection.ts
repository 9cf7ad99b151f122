import type { ClientConfig } from 'pg';

const TOKEN_SCOPE = 'https://ossrdbms-aad.database.windows.net/.default';
/** Any of these says that the process has an identity of Microsoft Entra. */
const IDENTITY_VARIABLES = [
  'IDENTITY_ENDPOINT',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_CLIENT_ID',
  'AZURE_TOKEN_CREDENTIALS',
];
const PLAIN_MODES = ['disable', 'allow', 'prefer'];

/**
 * How to connect to DATABASE_URL. With a password in it, as it says. Without one, and with an identity, the password of
 * each connection is a token of that identity, fetched anew (the client keeps it until it is about to expire): it goes
 * over TLS with a verified certificate, and in plain text to this machine alone, when `sslmode=disable` says so.
 * @throws Error in one line, without values, for a URL that cannot be used.
 */
export function connectionTo(databaseUrl: string, env: NodeJS.ProcessEnv = process.env): ClientConfig {
  const url = URL.parse(databaseUrl);
  if (url === null) throw new Error('DATABASE_URL is not a URL; set it to postgres://user:password@host:port/database');
  if (url.password !== '' || !IDENTITY_VARIABLES.some((name) => env[name])) return { connectionString: databaseUrl };
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  const plain = PLAIN_MODES.includes(url.searchParams.get('sslmode') ?? '');
  if (plain && !loopback)
    throw new Error('DATABASE_URL has no password and no TLS; a token is sent over TLS: sslmode=verify-full');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    ssl: !plain,
    password: entraToken,
  };
}

let credential: Promise<{ getToken(scope: string): Promise<{ token: string }> }> | undefined;

async function entraToken(): Promise<string> {
  // Loaded where it is needed: most of the start-up time of a service would be spent on it elsewhere.
  credential ??= import('@azure/identity').then(({ DefaultAzureCredential }) => new DefaultAzureCredential());
  return (await (await credential).getToken(TOKEN_SCOPE)).token;
}
