import type { ClientBase } from 'pg';
import { namesOf, type Plan } from '../plan.ts';
import { serverVersion } from '../server-version.ts';
import { readSlot, readSyncSlots, type Slot } from './slot.ts';
import { type CopyState, readSubscription } from './subscription.ts';

/** A table on its way. `waiting`: the subscription was not given it yet. */
export interface TableProgress {
  readonly name: string;
  readonly state: CopyState | 'waiting';
  /** Rows copied so far, while it is being copied. */
  readonly rows: number | undefined;
  /** As the source's statistics estimate it; undefined where there are none. */
  readonly total: number | undefined;
  /** Its size on the source, in pages, by the same statistics. */
  readonly pages: number;
}

/** How often the subscription's workers failed since its statistics began; undefined before PostgreSQL 15. */
export interface WorkerErrors {
  readonly apply: number;
  readonly sync: number;
}

/** Where a replication is, as both servers have it. */
export interface ReplicationState {
  readonly subscription: 'missing' | 'disabled' | 'enabled';
  /** Whether the subscription's main worker runs. */
  readonly running: boolean;
  readonly publications: readonly string[];
  /** Whether the publication of all tables is on the source. */
  readonly published: boolean;
  readonly tables: readonly TableProgress[];
  /** The subscription's slot. */
  readonly slot: Slot | undefined;
  /** Slots of single tables that are being copied. */
  readonly syncSlots: readonly Slot[];
  /** Bytes of WAL that the target has not confirmed. */
  readonly lagBytes: number;
  /** Bytes of WAL that the source keeps for us, for whichever slot keeps the most. */
  readonly keptBytes: number;
  readonly errors: WorkerErrors | undefined;
}

const readPublished = `
select format('%I.%I', n.nspname, c.relname) as name, sum(p.relpages)::float8 as pages,
  case when bool_and(p.reltuples >= 0) then sum(p.reltuples)::float8 end as total
from pg_publication b join pg_publication_rel r on r.prpubid = b.oid join pg_class c on c.oid = r.prrelid
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (select c.oid as relid where c.relkind = 'r'
  union all select t.relid from pg_partition_tree(c.oid) t where c.relkind = 'p' and t.isleaf) leaf
join pg_class p on p.oid = leaf.relid
where b.pubname = $1 group by 1 order by format('%I.%I', n.nspname, c.relname) collate "C"`;
const isPublished = `select from pg_publication where pubname = $1`;
const readCopies = `
select format('%I.%I', n.nspname, c.relname) as name, p.tuples_processed::float8 as rows
from pg_stat_progress_copy p join pg_stat_subscription s on s.pid = p.pid join pg_class c on c.oid = p.relid
join pg_namespace n on n.oid = c.relnamespace where s.subname = $1 and p.datname = current_database()`;
const readWorker = `select exists (select from pg_stat_subscription where subid = $1 and relid is null and pid is not null) as running`;
const readErrors = `
select apply_error_count::float8 as apply, sync_error_count::float8 as sync from pg_stat_subscription_stats where subid = $1`;
const readSystem = `select system_identifier::text as system from pg_control_system()`;

/** Reads where the replication of a cutover is. Reads only; quick enough for a look every second. */
export async function replicationState(
  source: ClientBase,
  target: ClientBase,
  plan: Pick<Plan, 'id'>,
): Promise<ReplicationState> {
  const names = namesOf(plan);
  const version = await serverVersion(target);
  const subscription = await readSubscription(target, names.subscription);
  const { rows: published } = await source.query<{ name: string; pages: number; total: number | null }>(readPublished, [
    names.publication,
  ]);
  const copies = version >= 140_000 ? await copying(target, names.subscription) : new Map<string, number>();
  const states = new Map(subscription?.tables.map(({ name, state }) => [name, state]));
  const slot = await readSlot(source, names.slot);
  const syncSlots = await syncSlotsOf(source, target, subscription?.oid);
  return {
    subscription: subscription === undefined ? 'missing' : subscription.enabled ? 'enabled' : 'disabled',
    running: subscription !== undefined && (await isRunning(target, subscription.oid)),
    publications: subscription?.publications ?? [],
    published: (await source.query(isPublished, [names.publication])).rowCount === 1,
    tables: published.map(({ name, pages, total }) => ({
      name,
      state: states.get(name) ?? 'waiting',
      rows: copies.get(name),
      total: total ?? undefined,
      pages,
    })),
    slot,
    syncSlots,
    lagBytes: slot?.behind ?? 0,
    keptBytes: Math.max(0, ...[slot, ...syncSlots].map((each) => each?.kept ?? 0)),
    errors: subscription && version >= 150_000 ? await errorsOf(target, subscription.oid) : undefined,
  };
}

async function copying(target: ClientBase, subscription: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await target.query<{ name: string; rows: number }>(readCopies, [subscription]);
  return new Map(rows.map((each) => [each.name, each.rows]));
}

async function isRunning(target: ClientBase, oid: string): Promise<boolean> {
  return (await target.query<{ running: boolean }>(readWorker, [oid])).rows[0]?.running === true;
}

async function errorsOf(target: ClientBase, oid: string): Promise<WorkerErrors> {
  return (await target.query<WorkerErrors>(readErrors, [oid])).rows[0] ?? { apply: 0, sync: 0 };
}

async function syncSlotsOf(source: ClientBase, target: ClientBase, oid: string | undefined): Promise<readonly Slot[]> {
  if (oid === undefined) return [];
  const { rows } = await target.query<{ system: string }>(readSystem);
  const slots = await readSyncSlots(source, rows[0]?.system ?? '');
  return slots.filter(({ name }) => name.startsWith(`pg_${oid}_sync_`));
}
