import { randomBytes } from 'node:crypto';
import { appliedBy } from '../cutover/replication/applied.ts';
import { stopReplication } from '../cutover/replication/stop-replication.ts';
import { openSession, sideOf } from '../cutover/sides.ts';
import type { LastDifference } from '../cutover/steps/flip-context.ts';
import { verifiedReceipt } from '../cutover-verify/verified-receipt.ts';
import { receiptOf } from '../kernel/gate.ts';
import { gateError } from '../kernel/gate-error.ts';
import { runVerification } from '../verify/run-verification.ts';
import { verifyTouched } from '../verify/touched/verify-touched.ts';
import type { PartsOf } from './act.ts';
import type { CutoverFlipInputs } from './facts.ts';

/** What a flip takes from the backfill and the verification of its cutover. */
export const flipParts: PartsOf =
  (inputs, world) =>
  ({ source, target }) => {
    const { plan } = inputs;
    const follows = plan.strategy === 'replicate';
    return {
      applied: follows ? appliedBy(source, target, plan) : async () => undefined,
      lastDifference: (signal) => (follows ? touchedDifference(inputs, signal) : wholeDifference(inputs, world.say)),
      stopReplication: () => stopReplication(source, target, plan),
    };
  };

/** Of a source that was written to: every row that was touched since the verification began. */
async function touchedDifference(inputs: CutoverFlipInputs, signal: AbortSignal): Promise<LastDifference> {
  const { plan } = inputs;
  const { feed } = verifiedReceipt.parse(receiptOf(inputs, 'cutover-verify').data);
  if (feed === null) {
    throw gateError('FEED_LOST', 'source', 'a verification without a feed', 'what was touched since then');
  }
  const bounds = { statementMs: plan.backfill.statementSeconds * 1000, lockMs: 5_000 };
  const open = (side: 'source' | 'target') => () => openSession(plan, side, bounds);
  const { findings, compared, upTo } = await verifyTouched(
    { source: open('source'), target: open('target') },
    {
      feed,
      workers: plan.verify.workers,
      boundSeconds: plan.backfill.statementSeconds,
      limit: plan.verify.shown.rows,
      values: plan.verify.shown.values,
      signal,
    },
  );
  return { findings, compared: { upTo, tables: Object.fromEntries(compared) } };
}

/** Of a source that stood still since before it was copied: all of it again, against the root that was approved. */
async function wholeDifference(inputs: CutoverFlipInputs, say: (line: string) => void): Promise<LastDifference> {
  const { plan } = inputs;
  const { root } = verifiedReceipt.parse(receiptOf(inputs, 'cutover-verify').data);
  const { findings, source } = await runVerification({
    runId: `${plan.id}-${randomBytes(3).toString('hex')}`,
    settings: plan.verify,
    invariants: plan.invariants,
    source: sideOf(plan, 'source'),
    target: sideOf(plan, 'target'),
    expected: root,
    progress: say,
  });
  return { findings, compared: { root: source?.digest?.roots.database ?? null } };
}
