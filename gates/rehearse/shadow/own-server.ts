import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentPaths } from '../../../infra/local/environment-paths.ts';
import { postgresBinaries } from '../../../infra/local/postgres/postgres-binaries.ts';
import { dataDirectory, ensureCluster, preparePostgresHome } from '../../../infra/local/postgres/postgres-cluster.ts';
import { reachableBinaries } from '../../../infra/local/postgres/postgres-home.ts';
import { bootstrapRoles, databaseName } from '../../../infra/local/postgres/postgres-roles.ts';
import { startPostgres } from '../../../infra/local/postgres/postgres-server.ts';
import { postgresUser } from '../../../infra/local/postgres/postgres-user.ts';
import { readSecret } from '../../../infra/local/secrets.ts';
import { removeShadow, shadowPaths } from '../../../infra/local/shadow-server.ts';
import { gateError, messageOf } from '../../kernel/gate-error.ts';
import { keepSecret } from '../../kernel/redact.ts';
import type { Shadow } from './shadow.ts';

/** Nothing in a shadow is worth keeping; and nothing but the migration may touch its tables. */
const settings = `
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_prepared_transactions = 0
shared_buffers = 32MB
`;

/**
 * Starts a PostgreSQL of this major version in a folder of the environment, from the programs that the environment runs
 * on. One rehearsal at a time has it (the promotion lock sees to that), so what is there already was left by one that
 * was killed, and goes. `more` are lines of postgresql.conf that outweigh the shadow's own.
 * @throws GateError SHADOW_UNAVAILABLE.
 */
export async function ownServer(environmentDirectory: string, major: number, more = ''): Promise<Shadow> {
  const paths = shadowPaths(environmentDirectory);
  const remove = () => removeShadow(environmentDirectory);
  try {
    await remove();
    // Under root PostgreSQL is another user, who must get through what is made here for the first time.
    await mkdir(environmentPaths(environmentDirectory).directory, { recursive: true, mode: 0o711 });
    await mkdir(paths.directory, { recursive: true, mode: 0o700 });
    const user = await postgresUser();
    const installed = await postgresBinaries(major, environmentPaths(environmentDirectory).postgres);
    await preparePostgresHome(paths, user);
    const binaries = await reachableBinaries(paths.postgres, installed);
    await ensureCluster(paths, binaries, user);
    await appendFile(join(dataDirectory(paths), 'postgresql.conf'), `${settings}${more}`);
    const { port } = await startPostgres(paths, binaries, user, undefined);
    await bootstrapRoles(paths.directory, port);
    const url = async (role: string) => {
      const password = await readSecret(paths.directory, `database-password-${role}`);
      keepSecret(password);
      return `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${databaseName}`;
    };
    const [owner, migrator, app] = await Promise.all([url('postgres'), url('migrator'), url('app')]);
    return { owner, migrator, app, directory: paths.directory, remove };
  } catch (error) {
    await remove();
    const needed = `a PostgreSQL ${major} of its own for the rehearsal, or the secret sallyport:rehearse-shadow-url`;
    throw gateError('SHADOW_UNAVAILABLE', 'shadow server', messageOf(error), needed, error);
  }
}
