import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EnvironmentError } from '../environment-error.ts';

const run = promisify(execFile);

/** The ids PostgreSQL runs under; absent means the caller's own. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it is another user, `postgres`, made when the system has none. */
export async function postgresUser(): Promise<PostgresUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const found = await lookUp();
  if (found) return found;
  await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres']).catch(
    () =>
      // BusyBox systems have adduser only.
      run('adduser', ['-S', '-D', '-H', '-s', '/bin/false', 'postgres']).catch(() => undefined),
  );
  const made = await lookUp();
  if (made) return made;
  throw new EnvironmentError(
    'POSTGRES_USER_MISSING',
    'PostgreSQL does not run as root and no user "postgres" could be made; run: useradd --system postgres',
  );
}

async function lookUp(): Promise<PostgresUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
