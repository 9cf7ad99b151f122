import { gateError } from '../../gates/kernel/gate-error.ts';
import type { ContainerApps } from '../container-apps/container-apps.ts';
import type { DatabaseAddress, Pointer } from '../platform.ts';
import { readTokenUrl, tokenUrl } from './token-url.ts';

/** The secret of every app by which it finds its database: a URL without a password. */
export const databaseSecret = 'database-url-app';

/** What an app has in that secret. */
interface Pointed {
  readonly app: string;
  readonly user: string;
  readonly address: DatabaseAddress;
}

/**
 * The pointer of an environment on Azure: one secret, in each app that has it. All of the environment's apps are meant, and
 * not those of a release: one that a release has no more, and that still runs, must not stay behind on the other database.
 * Whose role opens the database is the app's own and stays; both servers know it by the same name.
 */
export function azurePointer(apps: ContainerApps): Pointer {
  return {
    read: async () => agreed(await readAll(apps)),
    point: async (to) => {
      const before = await readAll(apps);
      demandUser(before, to);
      // One after the other: a pointing that is killed in between is seen by read(), and finished by the next.
      for (const { app, user } of before) await apps.putAppSecret(app, databaseSecret, tokenUrl(user, to));
      const now = agreed(await readAll(apps));
      if (lineOf(now) === lineOf(to)) return;
      throw gateError('POINTER_DIVIDED', databaseSecret, lineOf(now), `${lineOf(to)} in every app`);
    },
  };
}

/** @throws GateError POINTER_UNREADABLE where a text is not what the estate declares: it is not shown. */
async function readAll(apps: ContainerApps): Promise<readonly Pointed[]> {
  const found = await apps.listAppSecrets(databaseSecret);
  const needed = 'postgres://<role>@<host>:<port>/<database>?sslmode=…, as a promotion declares it';
  if (found.length === 0) throw gateError('POINTER_UNREADABLE', databaseSecret, 'no app that has it', needed);
  return found.map((secret) => {
    if (secret.kind === 'reference') {
      throw gateError('POINTER_UNREADABLE', secret.app, `${databaseSecret} as a reference into a vault`, needed);
    }
    const read = readTokenUrl(secret.value);
    if (read !== undefined) return { app: secret.app, ...read };
    throw gateError('POINTER_UNREADABLE', secret.app, `another text in ${databaseSecret}`, needed);
  });
}

/** @throws GateError POINTER_DIVIDED where the apps do not all have the same database: which one counts is not guessed. */
function agreed(all: readonly Pointed[]): DatabaseAddress {
  const [first] = all;
  if (first !== undefined && all.every(({ address }) => lineOf(address) === lineOf(first.address)))
    return first.address;
  const found = all.map(({ app, address }) => `${app}: ${lineOf(address)}`).join(', ');
  throw gateError('POINTER_DIVIDED', databaseSecret, found, 'one database in every app');
}

/** Who writes is who is frozen: an app that opens the database as anybody else would go on writing. */
function demandUser(all: readonly Pointed[], { users }: DatabaseAddress): void {
  const other = all.find(({ user }) => users !== undefined && user !== users.app);
  if (other === undefined) return;
  const found = `role "${other.user}" in ${databaseSecret}`;
  throw gateError('POINTER_UNREADABLE', other.app, found, `role "${users?.app}", as the configuration has it`);
}

function lineOf({ host, port, database, tls }: DatabaseAddress): string {
  return `${host}:${port}/${database}${tls ? '' : ' without TLS'}`;
}
