import { z } from 'zod';
import { readCandidate } from '../cutover/candidate.ts';
import { type Plan, planSchema } from '../cutover/plan.ts';
import { stopReplication } from '../cutover/replication/stop-replication.ts';
import { openSession, type Side } from '../cutover/sides.ts';
import { messageOf } from '../kernel/gate-error.ts';
import type { World } from '../kernel/world.ts';

const keptSchema = z.object({ plan: planSchema });

/**
 * The gate leaves the stack: what replicates goes, on both sides. A target that cannot be reached keeps a subscription that
 * does nothing without its slot. A source that cannot be reached is an error, because it would keep its WAL for the slot;
 * unless the target serves: then the flip has ended the replication, and the source may be gone for good.
 */
export async function removeReplication(world: World, kept: Readonly<Record<string, unknown>>): Promise<void> {
  const { plan } = keptSchema.parse(kept);
  if (plan.strategy !== 'replicate') return;
  const target = await reached(plan, 'target', world);
  const serves = target !== undefined && (await readCandidate(target))?.state === 'serving';
  const source = await reached(plan, 'source', world);
  try {
    if (source === undefined && serves) return;
    await stopReplication(source, target, plan);
    world.say('publications, slots and subscription are gone');
  } finally {
    await Promise.all([source?.end(), target?.end()]);
  }
}

async function reached(plan: Plan, side: Side, world: World) {
  try {
    return await openSession(plan, side);
  } catch (error) {
    world.say(`the ${side} cannot be reached: ${messageOf(error)}`);
    return undefined;
  }
}
