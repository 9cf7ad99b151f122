import { type ClientBase, escapeIdentifier } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import { readCandidate } from '../candidate.ts';
import { serverVersion } from '../server-version.ts';
import { beginRecord } from './build-record.ts';

/** How far a table is, as PostgreSQL has it: to be copied, copying, copied, caught up, followed by the subscription. */
export type CopyState = 'i' | 'd' | 'f' | 's' | 'r';

/** A subscription as it is on the target. */
export interface Subscription {
  readonly oid: string;
  readonly enabled: boolean;
  readonly slot: string | null;
  readonly publications: readonly string[];
  readonly tables: readonly { readonly name: string; readonly state: CopyState }[];
}

/** A subscription to be made. The connection string holds a password. */
export interface NewSubscription {
  readonly name: string;
  readonly slot: string;
  readonly publications: readonly string[];
  readonly conninfo: string;
  readonly build: string;
  /** The tables that these publications have. */
  readonly first: readonly string[];
  /** All tables of the cutover: whatever the target has in them goes. */
  readonly tables: readonly string[];
}

const readOne = `
select s.oid::text, s.subenabled as enabled, s.subslotname::text as slot, to_json(s.subpublications) as publications,
  coalesce((select json_agg(json_build_object('name', format('%I.%I', n.nspname, c.relname), 'state', r.srsubstate)
      order by format('%I.%I', n.nspname, c.relname) collate "C")
    from pg_subscription_rel r join pg_class c on c.oid = r.srrelid join pg_namespace n on n.oid = c.relnamespace
    where r.srsubid = s.oid), '[]') as tables
from pg_subscription s where s.subname = $1 and s.subdbid = (select oid from pg_database where datname = current_database())`;
const handOver = `select set_config('sallyport.connection', $1, true)`;
const holdMark = `select state from sallyport.candidate where build = $1 and state = 'building' for update`;

/** The subscription of this name in the target's database. */
export async function readSubscription(target: ClientBase, name: string): Promise<Subscription | undefined> {
  return (await target.query<Subscription>(readOne, [name])).rows[0];
}

/**
 * Empties the tables and makes the subscription, in one transaction: a subscription that is there has all that was copied,
 * and without one there is nothing to go on from. The slot is made before, by name: within one cluster a subscription that
 * makes its own would wait for itself.
 * @throws GateError CANDIDATE_NOT_READY where the target is not marked as this build: nothing is emptied then;
 * REPLICATION_ELSEWHERE where the publications are not where the connection string leads.
 */
export async function createSubscription(target: ClientBase, wanted: NewSubscription): Promise<void> {
  const { name, build, tables, first } = wanted;
  const version = await serverVersion(target);
  await target.query('begin');
  try {
    const mark = (await readCandidate(target)) && (await target.query(holdMark, [build])).rowCount;
    if (mark !== 1)
      throw gateError('CANDIDATE_NOT_READY', 'target', 'another mark', `the mark building of build ${build}`);
    if (tables.length > 0) await target.query(`truncate ${tables.join(', ')}`);
    await target.query(handOver, [wanted.conninfo]);
    await target.query(creation(wanted, version));
    await target.query(handOver, ['']);
    const seen = (await readSubscription(target, name))?.tables.map((table) => table.name) ?? [];
    const missing = first.filter((table) => !seen.includes(table));
    if (missing.length > 0) {
      const found = `no publication of ${missing.slice(0, 3).join(', ')} where it leads`;
      throw gateError('REPLICATION_ELSEWHERE', 'the source as the target sees it', found, 'the source');
    }
    await beginRecord(target, build, name);
    await target.query('commit');
  } catch (error) {
    await target.query('rollback');
    throw error;
  }
}

/** Gives the subscription more tables to copy, by their publications; what it has stays. Needs it enabled. */
export async function widenSubscription(
  target: ClientBase,
  name: string,
  publications: readonly string[],
): Promise<void> {
  await target.query(
    `alter subscription ${escapeIdentifier(name)} set publication ${publications.map(escapeIdentifier).join(', ')} with (refresh = true, copy_data = true)`,
  );
}

/** Lets a subscription that stopped at an error go on. */
export async function enableSubscription(target: ClientBase, name: string): Promise<void> {
  await target.query(`alter subscription ${escapeIdentifier(name)} enable`);
}

/** Drops it without asking the source, which may be out of reach: its slots are dropped there. Idempotent. */
export async function dropSubscription(target: ClientBase, name: string): Promise<void> {
  if ((await readSubscription(target, name)) === undefined) return;
  const quoted = escapeIdentifier(name);
  await target.query(`alter subscription ${quoted} disable`);
  await target.query(`alter subscription ${quoted} set (slot_name = none)`);
  await target.query(`drop subscription if exists ${quoted}`);
}

/**
 * The password is in no statement's text, so in no view of running statements, and not in the context of an error, which
 * a server writes into its log.
 */
function creation({ name, slot, publications }: NewSubscription, version: number): string {
  const options = [
    'create_slot = false',
    `slot_name = ${escapeIdentifier(slot)}`,
    'copy_data = true',
    ...(version >= 160_000 ? ['streaming = parallel'] : version >= 140_000 ? ['streaming = on'] : []),
    ...(version >= 150_000 ? ['disable_on_error = true'] : []),
  ];
  const statement = `create subscription ${escapeIdentifier(name)} connection %L publication ${publications.map(escapeIdentifier).join(', ')} with (${options.join(', ')})`;
  return `do $outer$ begin
  execute format($inner$${statement}$inner$, current_setting('sallyport.connection'));
exception when others then raise exception using errcode = sqlstate, message = sqlerrm;
end $outer$`;
}
