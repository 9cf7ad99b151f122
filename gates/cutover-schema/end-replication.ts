import { type Client, escapeIdentifier as id } from 'pg';
import { namesOf, type Plan } from '../cutover/plan.ts';

const readSubscription = `
select subslotname as slot from pg_subscription
where subname = $1 and subdbid = (select oid from pg_database where datname = current_database())`;
const slotIsThere = `select from pg_replication_slots where slot_name = $1`;

/** An earlier build's subscription must not fill the tables of this one: it goes, and its slot on the source with it. */
export async function endReplication(source: Client, target: Client, plan: Pick<Plan, 'id'>): Promise<boolean> {
  const { subscription } = namesOf(plan);
  const { rows } = await target.query<{ slot: string | null }>(readSubscription, [subscription]);
  const [found] = rows;
  if (found === undefined) return false;
  await target.query(`alter subscription ${id(subscription)} disable`);
  const there = found.slot !== null && (await source.query(slotIsThere, [found.slot])).rowCount === 1;
  // With a slot's name it would not go without that slot.
  if (!there) await target.query(`alter subscription ${id(subscription)} set (slot_name = none)`);
  await target.query(`drop subscription ${id(subscription)}`);
  return true;
}
