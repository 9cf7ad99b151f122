import assert from 'node:assert/strict';
import { once } from 'node:events';
import autocannon from 'autocannon';
import type { PromotionProject } from '../../test/support/promotion-project.ts';
import type { Ended } from '../../test/support/running-program.ts';
import { type BenchRow, percentile } from './bench-row.ts';

const connections = 20;
/** Well under what two cores can serve beside an engine: the load is there to see failures, not to find the ceiling. */
const requestsPerSecond = 200;
const quietMs = 8_000;
/** What the procedure allows for a rollback, in seconds (requirements D8). */
const allowedSeconds = 900;

interface Load {
  readonly answers: readonly { readonly at: number; readonly ms: number }[];
  readonly sent: number;
  readonly failed: number;
}

/** Promotes a release and rolls it back while keep-alive connections ask the public address without a pause. */
export async function benchFlip(project: PromotionProject): Promise<readonly BenchRow[]> {
  await project.pointTo('good');
  const promoted = await underLoad(project, () => project.up());
  const rolledBack = await underLoad(project, () => project.tool('rollback'));
  const sha = project.config.replay as string;
  const flips = {
    good: await project.evidence(project.config.release.sha, 'flip.json'),
    back: await project.evidence(sha, 'flip.json'),
  };
  return [
    failures('promotion', promoted.load),
    latency('flip', promoted.load, flips.good),
    failures('rollback', rolledBack.load),
    latency('rollback', rolledBack.load, flips.back),
    {
      name: 'npm run rollback, whole, of the 15 minutes allowed',
      ours: rolledBack.seconds,
      other: allowedSeconds,
      ratio: rolledBack.seconds / allowedSeconds,
      limit: 0.05,
      unit: 's',
      note: 'preview and up, under load',
    },
  ];
}

async function underLoad(project: PromotionProject, change: () => Promise<Ended>) {
  const { apps } = await project.platform();
  const url = `${(await apps.getApp('api'))?.address}/overview`;
  const answers: { at: number; ms: number }[] = [];
  let failed = 0;
  const over = Promise.withResolvers<autocannon.Result>();
  const options = { url, connections, overallRate: requestsPerSecond, duration: 600, timeout: 10 };
  const load = autocannon(options, (error, result) => (error ? over.reject(error) : over.resolve(result)));
  load.on('response', (_client, status, _bytes, ms) => {
    answers.push({ at: Date.now(), ms });
    if (status !== 200) failed += 1;
  });
  load.on('reqError', () => {
    failed += 1;
  });
  await once(AbortSignal.timeout(quietMs), 'abort');
  const since = performance.now();
  const ended = await change();
  const seconds = (performance.now() - since) / 1000;
  load.stop();
  const result = await over.promise;
  assert.equal(ended.code, 0, ended.output);
  const loaded: Load = { answers, sent: result.requests.sent, failed: Math.max(failed, result.errors + result.non2xx) };
  return { load: loaded, seconds };
}

function failures(what: string, { failed, sent }: Load): BenchRow {
  const note = `of ${sent} sent over ${connections} keep-alive connections`;
  return { name: `failed requests during a ${what}`, ours: failed, limit: 0, unit: 'requests', note };
}

/** p99 between the first weight that is set and the last drained replica, against p99 before the change began. */
function latency(what: string, { answers }: Load, flip: { startedAt: string; finishedAt: string }): BenchRow {
  const [from, to] = [Date.parse(flip.startedAt), Date.parse(flip.finishedAt)];
  const first = answers[0]?.at ?? 0;
  const before = answers.filter(({ at }) => at < first + quietMs).map(({ ms }) => ms);
  const during = answers.filter(({ at }) => at >= from && at <= to).map(({ ms }) => ms);
  const figures = { ours: percentile(during, 99), other: percentile(before, 99) };
  const note = `${during.length} answers during, ${before.length} before; the engine shares the machine`;
  return {
    name: `p99 during a ${what} ÷ p99 before`,
    ...figures,
    ratio: figures.ours / figures.other,
    unit: 'ms',
    note,
  };
}
