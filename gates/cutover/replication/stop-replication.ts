import type { ClientBase } from 'pg';
import { gateError, messageOf } from '../../kernel/gate-error.ts';
import { namesOf, type Plan } from '../plan.ts';
import { dropPublications } from './publication.ts';
import { demandOwn, dropSlot, readSyncSlots } from './slot.ts';
import { dropSubscription } from './subscription.ts';

const readSystem = `select system_identifier::text as system from pg_control_system()`;
const readSubscriptions = `select oid::text from pg_subscription`;

/**
 * Takes away what replicates from source to target: subscription, slots (also those of single tables, and the feed of
 * touched keys), publications. Idempotent. A side that cannot be reached is given as undefined: the other is cleaned all
 * the same, and what is left is an error only where it is the source's, which would keep its WAL for it.
 * @throws GateError REPLICATION_LEFT, after everything that could be taken away was.
 */
export async function stopReplication(
  source: ClientBase | undefined,
  target: ClientBase | undefined,
  plan: Pick<Plan, 'id'>,
): Promise<void> {
  const { subscription, publication, slot, feed } = namesOf(plan);
  const left: { what: string; error: unknown }[] = [];
  const attempt = async (what: string, work: () => Promise<void>) => {
    await work().catch((error: unknown) => left.push({ what, error }));
  };
  if (target !== undefined) await attempt(`subscription ${subscription}`, () => dropSubscription(target, subscription));
  if (source === undefined) {
    throw gateError('REPLICATION_LEFT', 'source', 'a source out of reach', `slots ${slot} and ${feed} dropped there`);
  }
  for (const name of [slot, feed]) {
    await attempt(`slot ${name}`, async () => {
      if ((await demandOwn(source, name)) !== undefined) await dropSlot(source, name);
    });
  }
  await attempt('slots of single tables', () => dropOrphans(source, target));
  await attempt(`publication ${publication}`, () => dropPublications(source, publication));
  const [first] = left;
  if (first === undefined) return;
  const found = left.map(({ what, error }) => `${what}: ${messageOf(error)}`).join('; ');
  throw gateError('REPLICATION_LEFT', 'replication', found, 'none of it', first.error);
}

/** Slots of copies whose subscription is no more: the target knows which subscriptions there are. */
async function dropOrphans(source: ClientBase, target: ClientBase | undefined): Promise<void> {
  if (target === undefined) {
    const names = (await readSyncSlots(source, '[0-9]+')).map(({ name }) => name);
    if (names.length > 0) throw new Error(`${names.join(', ')}, and the target that would know them is out of reach`);
    return;
  }
  const { rows: systems } = await target.query<{ system: string }>(readSystem);
  const { rows } = await target.query<{ oid: string }>(readSubscriptions);
  const alive = new Set(rows.map(({ oid }) => oid));
  for (const { name } of await readSyncSlots(source, systems[0]?.system ?? '')) {
    const [, of] = /^pg_(\d+)_sync_/.exec(name) ?? [];
    if (of !== undefined && !alive.has(of)) await dropSlot(source, name);
  }
}
