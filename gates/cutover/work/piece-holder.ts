import type { ClientBase } from 'pg';

/** Of all our advisory locks, those of pieces; a number like any other. */
const lockClass = 1_398_893_690;

/** SQL: a piece's key among them. Two pieces of one key are no harm: one waits for the other's worker to end. */
function key(run: string, number: string): string {
  return `${lockClass}, hashtext(${run} || '/' || ${number})`;
}

/** SQL that holds a piece for the session. Shared: a worker holds its piece by a second session before it ends the first. */
export function holding(run: string, number: string): string {
  return `pg_try_advisory_lock_shared(${key(run, number)})`;
}

/** SQL: whether some session holds a piece. */
export function isHeld(run: string, number: string): string {
  return `exists (select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid = ${lockClass}::oid and l.objid = hashtext(${run} || '/' || ${number})::oid)`;
}

interface Held {
  readonly run: string;
  readonly number: number;
}

/** Holds a piece by this session too. */
export async function holdPiece(client: ClientBase, { run, number }: Held): Promise<void> {
  await client.query(`select ${holding('$1', '$2')}`, [run, String(number)]);
}

/** Lets go of a piece, which some session of its worker marked first: as done, as failed, or as free. */
export async function letPiece(client: ClientBase, { run, number }: Held): Promise<void> {
  await client.query(`select pg_advisory_unlock_shared(${key('$1', '$2')})`, [run, String(number)]);
}
