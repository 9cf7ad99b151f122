import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';

/** Of all our advisory locks, those of runs; a number like any other. */
const lockClass = 1_398_893_689;

const own = `select pg_try_advisory_lock(${lockClass}, hashtext($1)) as owned`;
const disown = `select pg_advisory_unlock(${lockClass}, hashtext($1))`;

/**
 * Takes a run for this session, until it ends or gives it back. Workers take no piece of a run that nobody owns: whoever
 * is killed takes its workers' work with it, wherever they run, and whoever comes second is refused.
 * @throws GateError WORK_BUSY.
 */
export async function ownRun(client: ClientBase, run: string): Promise<void> {
  const { rows } = await client.query<{ owned: boolean }>(own, [run]);
  if (rows[0]?.owned === true) return;
  throw gateError('WORK_BUSY', run, 'another session that has it', 'one process at a time');
}

/** Gives a run back. */
export async function disownRun(client: ClientBase, run: string): Promise<void> {
  await client.query(disown, [run]);
}

/** SQL: whether somebody owns the run that this expression names. */
export function isOwned(run: string): string {
  return `exists (select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid = ${lockClass}::oid and l.objid = hashtext(${run})::oid)`;
}
