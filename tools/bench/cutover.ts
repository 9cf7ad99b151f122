import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { StepDone } from '../../gates/cutover/steps/run-steps.ts';
import { type CutoverProject, cutoverProject } from '../../test/support/cutover-project.ts';
import { type DeskLoad, loadDesk } from '../../test/support/desk-load.ts';
import type { Ended } from '../../test/support/running-program.ts';
import { type BenchRow, median } from './bench-row.ts';

const rounds = 3;
/** Rows of the one table that grows. */
const sizes = { one: 100_000, ten: 1_000_000 } as const;
/** What the procedure allows for a way back, in seconds (requirements D8). */
const allowedSeconds = 900;
/** Takes the same time over any number of events: what is measured beside the load is the cutover, not the desk's own counting. */
const readPath = '/holds';

/** Scored already, so that the worker leaves them alone. */
const fill = (rows: number) => `
insert into events (reference, kind, subject, amount_cents, occurred_at, received_at, score, scored_at)
select 'filled-' || i, 'payment', 'filled-' || i % 5000, i % 90000, '2024-01-01'::timestamptz + i * interval '10 s',
  '2024-01-01'::timestamptz + i * interval '10 s', 10, '2024-01-01'::timestamptz + i * interval '11 s'
from generate_series(1, ${rows}) i`;
/** Not looked through for personal data, which takes ten times as long as all else and is never done while writes are frozen. */
const declared = ['reference', 'kind', 'subject'].map((column) => `public.events.${column}`);
const written = `select reference from events where reference not like 'filled-%'`;
const readScan = `select (detail ->> 'ms')::int as ms from sallyport.cutover_event where step = 'way back: scan'`;

/** What users of the desk saw while it moved, and what was kept of what they wrote. */
interface Moved {
  readonly seconds: number;
  readonly load: DeskLoad;
  /** Acknowledged writes that are not where the application is now. */
  readonly lost: number;
}

/** One application that moved to the candidate and back. */
interface Run {
  readonly frozenMs: number;
  readonly steps: readonly StepDone[];
  readonly there: Moved;
  readonly back: Moved;
  /** Of the way back, after the application has the source again. */
  readonly scanSeconds: number;
}

type Runs = Readonly<Record<keyof typeof sizes, Run[]>>;

/** Moves the sample application to a candidate and back while it is used, with its data and with ten times of it. */
export async function benchCutover(): Promise<readonly BenchRow[]> {
  const runs: Runs = { one: [], ten: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const size of ['one', 'ten'] as const) runs[size].push(await moved(sizes[size]));
  }
  return rowsOf(runs);
}

function rowsOf(runs: Runs): readonly BenchRow[] {
  const all = [...runs.one, ...runs.ten];
  const moves = all.flatMap(({ there, back }) => [there, back]);
  const frozen = {
    ours: median(runs.ten.map(({ frozenMs }) => frozenMs)),
    other: median(runs.one.map(({ frozenMs }) => frozenMs)),
  };
  const back = (some: readonly Run[]) => median(some.map((run) => run.back.seconds - run.scanSeconds));
  const scan = median(runs.ten.map(({ scanSeconds }) => scanSeconds));
  return [
    {
      name: 'cutover: writes frozen, ten times the data ÷ one time',
      ...{ ...frozen, unit: 'ms', ratio: frozen.ours / frozen.other, limit: 1.3 },
      note: `${sizes.ten} rows: ${inSteps(runs.ten)}; ${sizes.one}: ${inSteps(runs.one)}; median of ${rounds}`,
    },
    {
      name: 'cutover: longest that a user waited for a write, ten times the data ÷ one time',
      ...unacknowledged(runs),
      note: `${sum(all.map(({ there }) => there.load.refused.length))} writes refused, sent again without a pause`,
    },
    {
      name: 'cutover: reads that failed',
      ours: sum(moves.map(({ load }) => load.failedReads.length)),
      ...{ limit: 0, unit: 'reads' },
      note: `of ${sum(moves.map(({ load }) => load.reads))}, there and back, ${all.length} times each`,
    },
    {
      name: 'cutover: acknowledged writes lost',
      ours: sum(moves.map(({ lost }) => lost)),
      ...{ limit: 0, unit: 'writes' },
      note: `of ${sum(moves.map(({ load }) => load.acknowledged.length))}, there and back, ${all.length} times each`,
    },
    {
      name: 'cutover: npm run way-back until the application has the source, of the 15 minutes allowed',
      ...{
        ours: back(runs.ten),
        other: allowedSeconds,
        unit: 's',
        ratio: back(runs.ten) / allowedSeconds,
        limit: 0.05,
      },
      note: `${sizes.ten} rows, under load, then ${scan.toFixed(1)} s of scan; ${sizes.one}: ${back(runs.one).toFixed(1)} s`,
    },
  ];
}

/** Fills the source, builds and proves the candidate, rehearses, approves; then what is measured: there, and back. */
async function moved(rows: number): Promise<Run> {
  const desk = await cutoverProject();
  try {
    await declare(desk);
    await desk.sql('source', fill(rows));
    await desk.sql('source', 'vacuum (analyze) events');
    desk.config.cutover.stage = 'verify';
    succeeded(await desk.cutover());
    succeeded(await desk.tool('rehearse-rollback'));
    const { root } = await desk.evidence('verification.json');
    succeeded(await desk.tool('approve', root));
    desk.config.cutover.stage = 'all';
    const there = await underLoad(desk, 'target', () => desk.cutover());
    const { frozenMs, steps } = await desk.evidence('flip.json');
    const back = await underLoad(desk, 'source', () => desk.tool('way-back'));
    const [scan] = await desk.sql<{ ms: number }>('source', readScan);
    assert.ok(scan, 'the ledger has no scan of the way back');
    const run = { frozenMs, steps, there, back, scanSeconds: scan.ms / 1000 };
    console.log(`bench: ${rows} rows: writes frozen for ${frozenMs} ms, ${inSteps([run])}`);
    return run;
  } finally {
    await desk.remove();
  }
}

async function declare({ project }: CutoverProject): Promise<void> {
  const file = join(project.root, 'cutover.yaml');
  const mapping = parse(await readFile(file, 'utf8'));
  mapping.verify.personalData = { declared };
  await writeFile(file, stringify(mapping));
}

async function underLoad(desk: CutoverProject, to: 'source' | 'target', change: () => Promise<Ended>): Promise<Moved> {
  const users = await loadDesk(desk.project, readPath);
  const since = performance.now();
  let load: DeskLoad;
  let seconds: number;
  try {
    succeeded(await change());
    seconds = (performance.now() - since) / 1000;
  } finally {
    load = await users.stop();
  }
  const kept = new Set((await desk.sql<{ reference: string }>(to, written)).map(({ reference }) => reference));
  const lost = load.acknowledged.filter((reference) => !kept.has(reference)).length;
  return { seconds, load, lost };
}

function succeeded({ code, output }: Ended): void {
  assert.equal(code, 0, output);
}

/** Seconds of the steps while writes are frozen that took at least a tenth of one. */
function inSteps(runs: readonly Run[]): string {
  const names = (runs[0]?.steps ?? []).map(({ step }) => step);
  const msOf = (name: string) =>
    median(runs.flatMap(({ steps }) => steps.filter(({ step }) => step === name)).map(({ ms }) => ms));
  return names
    .slice(names.indexOf('freeze'), names.indexOf('open') + 1)
    .map((name) => ({ name, ms: msOf(name) }))
    .filter(({ ms }) => ms >= 100)
    .map(({ name, ms }) => `${name} ${(ms / 1000).toFixed(1)}`)
    .join(', ');
}

function unacknowledged(runs: Runs): Pick<BenchRow, 'ours' | 'other' | 'ratio' | 'unit'> {
  const of = (some: readonly Run[]) => median(some.map(({ there }) => there.load.longestUnacknowledgedMs));
  const [ours, other] = [of(runs.ten), of(runs.one)];
  return { ours, other, ratio: ours / other, unit: 'ms' };
}

function sum(figures: readonly number[]): number {
  return figures.reduce((all, figure) => all + figure, 0);
}
