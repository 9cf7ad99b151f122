import type { ClientBase } from 'pg';
import pg from 'pg';
import { GateError } from '../../kernel/gate-error.ts';
import { blocker } from '../../kernel/verdict.ts';
import { readTableShapes } from '../../verify/table-shape.ts';

const insufficientPrivilege = '42501';
const setReplica = `set session_replication_role = replica`;
const reset = `reset session_replication_role`;
/** Triggers at an insert or a statement of it, of tables and of their partitions. */
const readTriggers = `
select distinct t.tgname as name, format('%I.%I', n.nspname, c.relname) as about
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  join unnest($1::text[]) p (name) on c.oid = p.name::regclass
where not t.tgisinternal and t.tgtype & 4 <> 0 and t.tgenabled::text = any ($2) order by 2, 1`;

/**
 * Whether this role may switch triggers and foreign keys off for a session.
 * @throws GateError COPY_NOT_POSSIBLE for triggers that would fire all the same: rows come from the source as they are.
 */
export async function replicaAllowed(target: ClientBase): Promise<boolean> {
  const allowed = await mayBeReplica(target);
  const shapes = await readTableShapes(target);
  const names = shapes.flatMap(({ name, parts }) => [name, ...parts.map((part) => part.name)]);
  const { rows } = await target.query<{ name: string; about: string }>(readTriggers, [
    names,
    allowed ? ['A', 'R'] : ['O', 'A'],
  ]);
  if (rows.length === 0) return allowed;
  const needed = allowed
    ? 'a trigger that replicas leave out, or none (alter table … disable trigger)'
    : 'no trigger (alter table … disable trigger), or a role that may set session_replication_role';
  throw new GateError(
    rows.map(({ name, about }) => blocker('COPY_NOT_POSSIBLE', about, `trigger ${name}, which would fire`, needed)),
  );
}

/** Empties every table of the application. */
export async function emptyTarget(target: ClientBase): Promise<void> {
  const names = (await readTableShapes(target)).map(({ name }) => name);
  if (names.length > 0) await target.query(`truncate table ${names.join(', ')}`);
}

async function mayBeReplica(target: ClientBase): Promise<boolean> {
  try {
    await target.query(setReplica);
    await target.query(reset);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === insufficientPrivilege) return false;
    throw error;
  }
}
