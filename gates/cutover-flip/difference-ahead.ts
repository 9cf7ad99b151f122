import type { ClientBase } from 'pg';
import type { Plan } from '../cutover/plan.ts';
import type { Applied } from '../cutover/replication/applied.ts';
import { openSession } from '../cutover/sides.ts';
import { keepAhead, readAhead } from '../cutover/steps/ahead-journal.ts';
import type { LastDifference } from '../cutover/steps/flip-context.ts';
import { type Progress, seconds } from '../kernel/progress.ts';
import { compareAhead } from '../verify/touched/compare-ahead.ts';
import { advanceFeed, type Feed } from '../verify/touched/feed.ts';

/** What a comparison ahead of the freeze works on. */
export interface AheadOf {
  readonly plan: Plan;
  /** As the verification opened it. */
  readonly feed: Feed;
  /** The operator of the source. */
  readonly source: ClientBase;
  readonly applied: Applied;
  readonly ledger: ClientBase;
  readonly signal: AbortSignal;
  readonly say: Progress;
}

/** Another pass pays where the last one took longer than this, in milliseconds: as long was written meanwhile. */
const shortMs = 2_000;
const mostPasses = 4;
/** For transactions that write: one that goes on for longer ends the passes, and more is left for the freeze. */
const waitSeconds = 30;

/**
 * Compares what was touched since the verification and rests again, in passes that become shorter. What is left is kept in
 * the ledger before the feed lets go of it, so that a run that is killed anywhere has lost nothing.
 */
export async function differenceAhead(of: AheadOf): Promise<LastDifference> {
  const { plan, feed: opened, source, applied, ledger, signal, say } = of;
  let rows = 0;
  for (let pass = 1; ; pass += 1) {
    const since = performance.now();
    const { feed, left: before } = await readAhead(ledger, plan, opened);
    const options = {
      ...comparison(plan),
      feed,
      applied,
      signal,
      waitSeconds,
      ...(before !== undefined && { before }),
    };
    const ahead = await compareAhead(sessions(plan), options);
    if (ahead === undefined) {
      say(`transactions write for longer than ${waitSeconds} s; what they touch is compared while writes are frozen`);
      return { findings: [], compared: { passes: pass - 1, rows } };
    }
    const { findings, compared, left } = ahead;
    rows += [...compared.values()].reduce<number>((all, count) => all + (count === 'all' ? 0 : count), 0);
    if (findings.length > 0) return { findings, compared: { passes: pass, rows } };
    await keepAhead(ledger, plan, opened, { feed: { ...feed, lsn: left.upTo }, left });
    await advanceFeed(source, feed, left.upTo);
    say(`${rows} rows that were touched since the verification are equal … ${seconds(since)}`);
    if (pass === mostPasses || performance.now() - since < shortMs) {
      return { findings, compared: { passes: pass, rows, upTo: left.upTo } };
    }
  }
}

/** How both comparisons of touched rows are made. */
export function comparison({ verify, backfill }: Plan) {
  const { workers, shown } = verify;
  return { workers, boundSeconds: backfill.statementSeconds, limit: shown.rows, values: shown.values };
}

/** What opens a session on each side. */
export function sessions(plan: Plan) {
  const bounds = { statementMs: plan.backfill.statementSeconds * 1000, lockMs: 5_000 };
  const open = (side: 'source' | 'target') => () => openSession(plan, side, bounds);
  return { source: open('source'), target: open('target') };
}
