import { GateError } from './gate-error.ts';
import { keepSecret } from './redact.ts';
import { blocker, type Finding } from './verdict.ts';

/** A database and the role that opens it, read from an environment. The password never goes into a message. */
export interface DatabaseTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: boolean;
}

/** The variables of the contract: one `DATABASE_URL`, or the parts. Both may be there when they say the same. */
export const databaseVariables = [
  'DATABASE_URL',
  'POSTGRES_HOST',
  'POSTGRES_PORT',
  'POSTGRES_DB',
  'POSTGRES_USER',
  'POSTGRES_PASSWORD',
  'POSTGRES_SSLMODE',
] as const;

type Variable = (typeof databaseVariables)[number];
export type DatabaseEnvironment = Readonly<Partial<Record<Variable, string>>>;
type Parts = { [Key in keyof DatabaseTarget]?: DatabaseTarget[Key] };

/** libpq's modes; those that may fall back to plain text count as no TLS. */
const sslModes: Readonly<Record<string, boolean>> = {
  disable: false,
  allow: false,
  prefer: false,
  require: true,
  'verify-ca': true,
  'verify-full': true,
};

const names: Readonly<Record<keyof DatabaseTarget, Variable>> = {
  host: 'POSTGRES_HOST',
  port: 'POSTGRES_PORT',
  database: 'POSTGRES_DB',
  user: 'POSTGRES_USER',
  password: 'POSTGRES_PASSWORD',
  tls: 'POSTGRES_SSLMODE',
};

/**
 * The one database that an environment names (C10). `where` says whose environment it is.
 * @throws GateError DATABASE_URL_INVALID or DATABASE_URL_CONTRADICTS, with every problem and no secret.
 */
export function databaseTarget(environment: DatabaseEnvironment, where: string): DatabaseTarget {
  for (const secret of [environment.POSTGRES_PASSWORD, environment.DATABASE_URL]) {
    if (secret !== undefined) keepSecret(secret);
  }
  const problems: Finding[] = [];
  const url = fromUrl(environment.DATABASE_URL, where, problems);
  const parts = fromParts(environment, where, problems);
  for (const key of Object.keys(names) as (keyof DatabaseTarget)[]) {
    if (url[key] === undefined || parts[key] === undefined || same(key, url, parts)) continue;
    const shown = key === 'password' ? 'another password' : String(parts[key]);
    const needed = key === 'password' ? 'that of DATABASE_URL' : `${String(url[key])}, as DATABASE_URL says`;
    problems.push(blocker('DATABASE_URL_CONTRADICTS', `${where} (${names[key]})`, shown, needed));
  }
  const merged = { port: 5432, tls: false, ...parts, ...url };
  if (environment.DATABASE_URL === undefined || problems.length === 0) {
    for (const key of ['host', 'database', 'user', 'password'] as const) {
      if (merged[key] !== undefined && merged[key] !== '') continue;
      const needed = `DATABASE_URL with it, or ${names[key]}`;
      problems.push(blocker('DATABASE_URL_INVALID', `${where} (${names[key]})`, `no ${key}`, needed));
    }
  }
  if (problems.length > 0) throw new GateError(problems);
  return merged as DatabaseTarget;
}

/** The address as one URL again. */
export function databaseUrl({ host, port, database, user, password, tls }: DatabaseTarget): string {
  const [role, secret, name] = [user, password, database].map(encodeURIComponent);
  return `postgres://${role}:${secret}@${host}:${port}/${name}${tls ? '?sslmode=require' : ''}`;
}

function fromUrl(text: string | undefined, where: string, problems: Finding[]): Parts {
  if (text === undefined) return {};
  const refuse = (found: string) => {
    const needed = 'a URL postgres://… with user, password, host, port and database';
    problems.push(blocker('DATABASE_URL_INVALID', `${where} (DATABASE_URL)`, found, needed));
    return {};
  };
  // No part of the text is shown: what is no such URL may hold its password anywhere.
  if (!URL.canParse(text)) return refuse('a text that is no URL');
  const url = new URL(text);
  if (!['postgres:', 'postgresql:'].includes(url.protocol)) return refuse('a URL of another scheme');
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && sslModes[mode] === undefined) return refuse('an sslmode that PostgreSQL does not have');
  try {
    const password = decodeURIComponent(url.password);
    if (password !== '') keepSecret(password);
    return {
      ...(url.hostname !== '' && { host: url.hostname }),
      port: url.port === '' ? 5432 : Number(url.port),
      ...(url.pathname.length > 1 && { database: decodeURIComponent(url.pathname.slice(1)) }),
      ...(url.username !== '' && { user: decodeURIComponent(url.username) }),
      ...(password !== '' && { password }),
      ...(mode !== null && { tls: sslModes[mode] === true }),
    };
  } catch {
    return refuse('a percent sign that encodes nothing'); // decodeURIComponent's only error
  }
}

function fromParts(environment: DatabaseEnvironment, where: string, problems: Finding[]): Parts {
  const { POSTGRES_PORT: port, POSTGRES_SSLMODE: mode } = environment;
  const refuse = (name: Variable, found: string, needed: string) =>
    problems.push(blocker('DATABASE_URL_INVALID', `${where} (${name})`, found, needed));
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536)) {
    refuse('POSTGRES_PORT', port, 'a port, 1 to 65535');
  }
  if (mode !== undefined && sslModes[mode] === undefined) {
    refuse('POSTGRES_SSLMODE', mode, `one of ${Object.keys(sslModes).join(', ')}`);
  }
  return {
    ...(environment.POSTGRES_HOST !== undefined && { host: environment.POSTGRES_HOST }),
    ...(port !== undefined && { port: Number(port) }),
    ...(environment.POSTGRES_DB !== undefined && { database: environment.POSTGRES_DB }),
    ...(environment.POSTGRES_USER !== undefined && { user: environment.POSTGRES_USER }),
    ...(environment.POSTGRES_PASSWORD !== undefined && { password: environment.POSTGRES_PASSWORD }),
    ...(mode !== undefined && { tls: sslModes[mode] === true }),
  };
}

function same(key: keyof DatabaseTarget, url: Parts, parts: Parts): boolean {
  if (key !== 'host') return url[key] === parts[key];
  return url.host?.toLowerCase() === parts.host?.toLowerCase();
}
