import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import { type CandidateState, markCandidate, readCandidate } from '../candidate.ts';

/**
 * Moves the candidate's mark where it is one of the expected states; it keeps its note unless another is given. Idempotent.
 * @throws GateError CANDIDATE_NOT_VERIFIED where it is in another state, or the target is no candidate.
 */
export async function moveMark(
  target: ClientBase,
  from: readonly CandidateState[],
  to: Exclude<CandidateState, 'building'>,
  note?: string,
): Promise<void> {
  const candidate = await readCandidate(target);
  if (candidate?.state === to) return;
  if (candidate === undefined || !from.includes(candidate.state)) {
    const found = candidate === undefined ? 'no candidate' : `a candidate that is ${candidate.state}`;
    throw gateError('CANDIDATE_NOT_VERIFIED', 'target', found, from.join(' or '));
  }
  await markCandidate(target, candidate.build, to, note ?? candidate.note);
}
