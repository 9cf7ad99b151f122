import type { z } from 'zod';
import type { Plan } from '../cutover/plan.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { BackfillFacts, schemaReceipt } from './facts.ts';

/**
 * Whether rows may be put into the target: only into the build that the schema stage made, and between the databases that it
 * saw. A build that was verified already may go on: what is carried is verified again.
 */
export function judgeBackfill(
  { candidate, sourceId, targetId, frozen }: BackfillFacts,
  plan: Pick<Plan, 'id' | 'strategy'>,
  schema: z.infer<typeof schemaReceipt>,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [side, found, needed] of [
    ['source', sourceId, schema.sourceId],
    ['target', targetId, schema.targetId],
  ] as const) {
    if (found !== needed)
      findings.push(blocker('SIDE_MOVED', side, `database ${found}`, `${needed}, as the schema stage saw it`));
  }
  const needed = `the mark building of build ${schema.build}`;
  const refuse = (found: string) => findings.push(blocker('CANDIDATE_NOT_READY', 'target', found, needed));
  if (candidate === undefined) refuse('no mark of a candidate');
  else if (candidate.cutover !== plan.id) refuse(`a candidate of cutover ${candidate.cutover}`);
  else if (candidate.build !== schema.build) refuse(`build ${candidate.build}`);
  else if (candidate.state !== 'building' && candidate.state !== 'verified') refuse(`the mark ${candidate.state}`);
  if (plan.strategy === 'copy' && frozen === undefined) {
    findings.push(
      blocker('BACKFILL_SOURCE_WRITABLE', 'source', 'a source that is not frozen', 'one whose writes are stopped'),
    );
  }
  return findings;
}
