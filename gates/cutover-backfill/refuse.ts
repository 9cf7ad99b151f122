import type { ClientBase } from 'pg';
import { markCandidate, readCandidate } from '../cutover/candidate.ts';
import type { Plan } from '../cutover/plan.ts';
import { stopReplication } from '../cutover/replication/stop-replication.ts';

/**
 * Ends the attempt of a cutover whose candidate was found wanting: nothing replicates any more, no slot is left on the
 * source, and the candidate is marked refused; the next schema stage builds anew. Killed in between it is a candidate still
 * building, without replication. A candidate that is of another build by now is left alone.
 * @throws GateError REPLICATION_LEFT; the mark is then as it was.
 */
export async function refuse(
  source: ClientBase,
  target: ClientBase,
  plan: Pick<Plan, 'id'>,
  build: string,
  why: string,
): Promise<void> {
  const candidate = await readCandidate(target);
  if (candidate?.build !== build || candidate.state === 'serving') return;
  await stopReplication(source, target, plan);
  await markCandidate(target, build, 'refused', why);
}
