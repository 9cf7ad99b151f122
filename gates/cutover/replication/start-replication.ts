import { type ClientBase, DatabaseError } from 'pg';
import { GateError, gateError, messageOf } from '../../kernel/gate-error.ts';
import type { TableShape } from '../../verify/table-shape.ts';
import { namesOf, type Plan } from '../plan.ts';
import { readRecord } from './build-record.ts';
import { nextTables } from './next-tables.ts';
import { createPublications, publishes, readPublications, tablePublication } from './publication.ts';
import { unreplicable } from './replicable.ts';
import { createSlot, demandOwn, demandUnread } from './slot.ts';
import { fromTargetVariable, sourceConninfo } from './source-conninfo.ts';
import { stopReplication } from './stop-replication.ts';
import { createSubscription, enableSubscription, readSubscription } from './subscription.ts';
import { syncWorkers } from './sync-workers.ts';

/** What the start of a replication is given beside the plan. */
export interface ReplicationStart {
  /** The build that the target is marked with. */
  readonly build: string;
  /** Before everything is made anew, rows included: the target's slow indexes and foreign keys are put off again. */
  readonly prepare?: (target: ClientBase) => Promise<void>;
  /** Hears of every step when it is done. */
  readonly step?: (done: string) => void;
}

/** SQLSTATE classes by which a server says that it will not, and not that it cannot now: rights, names, limits, settings. */
const refusals = /^(0A|22|23|42|53|55000)/;
/** By which the target's server says that it did not get to the source. */
const unreached = /^(08|28|3D)/;

/**
 * Sees to it that the target follows the source, for this build and these tables. What is there and whole goes on, enabled
 * again where it had stopped; of everything else nothing is kept: it is taken away, the tables are emptied, and it begins
 * anew. A run that was killed anywhere leaves one or the other.
 * @throws GateError REPLICATION_IDENTITY_MISSING and its kin before anything is published.
 */
export async function startReplication(
  source: ClientBase,
  target: ClientBase,
  plan: Plan,
  tables: readonly TableShape[],
  { build, prepare, step = () => undefined }: ReplicationStart,
): Promise<'new' | 'resumed'> {
  const names = namesOf(plan);
  const wanted = tables.map(({ name }) => name);
  const broken = await brokenBy(source, target, plan, wanted, build);
  if (broken === undefined) {
    await enableSubscription(target, names.subscription);
    step('the replication that is there goes on');
    return 'resumed';
  }
  await demandOwn(source, names.slot);
  if ((await readSubscription(target, names.subscription)) === undefined) await demandUnread(source, names.slot);
  const findings = await unreplicable(source, tables);
  if (findings.length > 0) throw new GateError(findings);
  await stopReplication(source, target, plan);
  step(`nothing is left of an earlier replication (${broken})`);
  await prepare?.(target);
  await named(plan, names.publication, () => createPublications(source, names.publication, wanted));
  step(`publication of ${tables.length} tables`);
  await named(plan, names.slot, () => createSlot(source, names.slot));
  step(`slot ${names.slot}`);
  const first = nextTables({
    waiting: tables.map((table) => ({ name: table.name, pages: pagesOf(table) })).sort((a, b) => b.pages - a.pages),
    copying: 0,
    workers: plan.backfill.workers,
    syncWorkers: await syncWorkers(target),
  });
  const { subscription, publication, slot } = names;
  const publications =
    first.length === 0 ? [publication] : first.map((table) => tablePublication(publication, wanted.indexOf(table)));
  const conninfo = sourceConninfo(plan);
  await named(plan, subscription, () =>
    createSubscription(target, { name: subscription, slot, publications, conninfo, build, first, tables: wanted }),
  );
  step(`subscription ${subscription}`);
  return 'new';
}

/** Why what is there cannot be gone on from; undefined where it can. */
export async function brokenBy(
  source: ClientBase,
  target: ClientBase,
  plan: Pick<Plan, 'id'>,
  tables: readonly string[],
  build: string,
): Promise<string | undefined> {
  const names = namesOf(plan);
  const subscription = await readSubscription(target, names.subscription);
  if (subscription === undefined) return 'no subscription';
  const record = await readRecord(target);
  if (record?.build !== build || record.subscription !== subscription.oid) return 'a subscription of another build';
  const slot = await demandOwn(source, names.slot);
  if (slot === undefined || subscription.slot !== names.slot) return 'no slot';
  if (slot.status === 'lost') return 'a slot that is lost';
  if (!publishes(await readPublications(source, names.publication), names.publication, tables)) {
    return 'publications of other tables';
  }
  return subscription.tables.every(({ name }) => tables.includes(name)) ? undefined : 'a subscription to other tables';
}

function pagesOf({ parts }: TableShape): number {
  return parts.reduce((sum, { blocks }) => sum + blocks, 0);
}

/** A server's definite no gets its reason; a lock that was not had in time, or a lost connection, stays what it is. */
async function named(plan: Plan, about: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = error instanceof DatabaseError ? (error.code ?? '') : '';
    if (refusals.test(code)) {
      throw gateError('REPLICATION_REFUSED', about, messageOf(error), 'servers that let it be made', error);
    }
    if (unreached.test(code)) {
      throw gateError('REPLICATION_ELSEWHERE', fromTargetVariable(plan), messageOf(error), 'the source', error);
    }
    throw error;
  }
}
