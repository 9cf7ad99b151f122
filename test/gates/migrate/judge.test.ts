import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Finding, verdictOf } from '../../../gates/kernel/verdict.ts';
import { type MigrateDone, type MigrateFacts, type MigrateInputs, markVariable } from '../../../gates/migrate/facts.ts';
import { conclude, judge } from '../../../gates/migrate/judge.ts';
import type { Execution, JobSpec } from '../../../infra/container-apps/container-apps.ts';
import { receiptFor, sampleInputs, sampleMigrations } from '../sample-release.ts';

const inputs: MigrateInputs = {
  ...sampleInputs(),
  job: 'migrate',
  timeouts: { job: 60, lock: '5s', statement: '30s', waiting: { lock: '10min', statement: '60min' } },
  retries: { attempts: 3, baseSeconds: 2 },
  oldTransactions: { olderThanSeconds: 300, waitSeconds: 60 },
};
const [one, two, three] = sampleMigrations;
const image = inputs.release.services.api?.image ?? '';
const job: JobSpec = {
  container: { name: 'migrate', image, command: ['node'], env: [] },
  secrets: [],
  replicaTimeoutSeconds: 60,
  replicaRetryLimit: 0,
  parallelism: 1,
  replicaCompletionCount: 1,
};
const facts: MigrateFacts = {
  applied: [one],
  recorded: [one],
  pending: [two, three],
  job,
  running: [],
  mark: 'abcdef0-7',
  invalidIndexes: [],
};
const execution = (mark: string | undefined, changes: Partial<Execution> = {}): Execution => ({
  name: 'migrate-1',
  status: 'Running',
  env: mark === undefined ? {} : { [markVariable]: mark },
  ...changes,
});

const codes = (findings: readonly Finding[]) => findings.map((finding) => finding.code);

describe('before the migration job', () => {
  for (const [name, changes, expected] of [
    ['all is as declared', {}, []],
    ['our own execution runs already', { running: [execution('abcdef0-7')] }, []],
    ['an execution of another attempt runs', { running: [execution('abcdef0-6')] }, ['MIGRATION_IN_PROGRESS']],
    ['an execution that nobody marked runs', { running: [execution(undefined)] }, ['MIGRATION_IN_PROGRESS']],
    [
      'an execution is in a state that nobody has heard of',
      { running: [execution('other', { status: 'Meditating' })] },
      ['MIGRATION_IN_PROGRESS'],
    ],
    [
      'two others run',
      { running: [execution('a'), execution('b'), execution('abcdef0-7')] },
      ['MIGRATION_IN_PROGRESS', 'MIGRATION_IN_PROGRESS'],
    ],
    ['there is no job', { job: undefined }, ['JOB_NOT_AS_DECLARED']],
    ['the job repeats a failure', { job: { ...job, replicaRetryLimit: 1 } }, ['JOB_NOT_AS_DECLARED']],
    ['the job runs twice at once', { job: { ...job, parallelism: 2 } }, ['JOB_NOT_AS_DECLARED']],
    ['the job completes twice', { job: { ...job, replicaCompletionCount: 2 } }, ['JOB_NOT_AS_DECLARED']],
    [
      'the job runs another image',
      { job: { ...job, container: { ...job.container, image: `web@sha256:${'b'.repeat(64)}` } } },
      ['JOB_NOT_AS_DECLARED'],
    ],
    ['nothing is pending, and there is no job', { pending: [], job: undefined }, []],
    ['nothing is pending, whoever runs', { pending: [], running: [execution('other')] }, []],
  ] as const) {
    it(`${expected.length === 0 ? 'it may be started' : 'nothing is started'} when ${name}`, () => {
      assert.deepEqual(codes(judge({ ...facts, ...changes } as MigrateFacts, inputs)), expected);
    });
  }
});

const all = [one, two, three];
const done: MigrateDone = {
  execution: { name: 'migrate-1', status: 'Succeeded', exitCode: 0 },
  adopted: false,
  timedOut: false,
  timeline: [],
  applied: all,
  recorded: all,
  invalidIndexes: [],
  logs: [],
  logsSource: 'log-stream',
};
const ended = (status: string) => ({ execution: { name: 'migrate-1', status } });
const timedOut = { ...ended('Stopped'), timedOut: true };
const lock = { logs: ['error: canceling statement due to lock timeout'] };
const slow = { logs: ['error: canceling statement due to statement timeout'] };
const none = { applied: [one] };
const partly = { applied: [one, two] };
const invalid = { invalidIndexes: ['public.half_built'] };

type Row = readonly [name: string, changes: Partial<MigrateDone>, verdict: string, codes: readonly string[]];

const table: readonly Row[] = [
  ['succeeded, all applied', {}, 'passed', []],
  ['succeeded, none applied', none, 'failed', ['MIGRATION_NOT_APPLIED']],
  ['succeeded, partly applied', partly, 'failed', ['MIGRATION_NOT_APPLIED', 'MIGRATION_PARTLY_APPLIED']],
  ['succeeded, all applied, index invalid', invalid, 'failed', ['INDEX_INVALID']],
  ['failed, all applied', ended('Failed'), 'passed', ['EXECUTION_DISAGREES']],
  ['failed, none applied', { ...ended('Failed'), ...none }, 'failed', ['MIGRATION_FAILED']],
  [
    'failed, partly applied',
    { ...ended('Failed'), ...partly },
    'failed',
    ['MIGRATION_FAILED', 'MIGRATION_PARTLY_APPLIED'],
  ],
  [
    'failed, partly applied, index invalid',
    { ...ended('Failed'), ...partly, ...invalid },
    'failed',
    ['MIGRATION_FAILED', 'MIGRATION_PARTLY_APPLIED', 'INDEX_INVALID'],
  ],
  [
    'failed, none applied, log speaks of a lock',
    { ...ended('Failed'), ...none, ...lock },
    'failed',
    ['LOCK_NOT_GRANTED'],
  ],
  [
    'failed, none applied, log speaks of a slow statement',
    { ...ended('Failed'), ...none, ...slow },
    'failed',
    ['STATEMENT_TOO_SLOW'],
  ],
  ['failed, all applied, log speaks of a lock', { ...ended('Failed'), ...lock }, 'passed', ['EXECUTION_DISAGREES']],
  ['succeeded, none applied, log speaks of a lock', { ...none, ...lock }, 'failed', ['MIGRATION_NOT_APPLIED']],
  [
    'failed, all applied, index invalid',
    { ...ended('Failed'), ...invalid },
    'failed',
    ['INDEX_INVALID', 'EXECUTION_DISAGREES'],
  ],
  ['stopped by somebody, none applied', { ...ended('Stopped'), ...none }, 'failed', ['MIGRATION_FAILED']],
  ['stopped by somebody, all applied', ended('Stopped'), 'passed', ['EXECUTION_DISAGREES']],
  ['timed out, none applied', { ...timedOut, ...none }, 'failed', ['MIGRATION_TIMEOUT']],
  [
    'timed out, partly applied',
    { ...timedOut, ...partly },
    'failed',
    ['MIGRATION_TIMEOUT', 'MIGRATION_PARTLY_APPLIED'],
  ],
  ['timed out, all applied', timedOut, 'passed', ['EXECUTION_DISAGREES']],
  ['timed out, none applied, log speaks of a lock', { ...timedOut, ...none, ...lock }, 'failed', ['MIGRATION_TIMEOUT']],
  [
    'timed out, none applied, index invalid',
    { ...timedOut, ...none, ...invalid },
    'failed',
    ['MIGRATION_TIMEOUT', 'INDEX_INVALID'],
  ],
  ['unknown, none applied', { ...ended('Unknown'), ...none }, 'inconclusive', ['EXECUTION_UNKNOWN']],
  [
    'unknown, partly applied',
    { ...ended('Unknown'), ...partly },
    'failed',
    ['EXECUTION_UNKNOWN', 'MIGRATION_PARTLY_APPLIED'],
  ],
  ['unknown, all applied', ended('Unknown'), 'passed', ['EXECUTION_DISAGREES']],
  ['degraded, none applied', { ...ended('Degraded'), ...none }, 'inconclusive', ['EXECUTION_UNKNOWN']],
  ['degraded, all applied', ended('Degraded'), 'passed', ['EXECUTION_DISAGREES']],
  [
    'a status that nobody has heard of, none applied',
    { ...ended('Meditating'), ...none },
    'inconclusive',
    ['EXECUTION_UNKNOWN'],
  ],
  ['running still, none applied', { ...ended('Running'), ...none }, 'inconclusive', ['EXECUTION_UNKNOWN']],
  ['no execution, none applied', { execution: undefined, ...none }, 'inconclusive', ['EXECUTION_UNKNOWN']],
];

describe('after the migration job', () => {
  for (const [name, changes, verdict, expected] of table) {
    it(`the gate has ${verdict}: ${name}`, () => {
      const findings = conclude({ ...done, ...changes }, facts, inputs);
      assert.deepEqual(codes(findings), expected);
      assert.equal(verdictOf(findings), verdict);
    });
  }

  it('nothing was pending: it passes without an execution, and not with an invalid index', () => {
    const nothing = { ...facts, applied: all, pending: [] };
    const idle = { ...done, execution: undefined };
    assert.deepEqual(conclude(idle, nothing, inputs), []);
    const found = conclude({ ...idle, ...invalid }, nothing, inputs);
    assert.deepEqual(codes(found), ['INDEX_INVALID']);
    assert.equal(verdictOf(found), 'failed');
  });

  for (const mode of ['rollback', 'steady']) {
    it(`an invalid index is said, and does not stand in the way of a release that comes back (${mode})`, () => {
      const nothing = { ...facts, applied: all, pending: [] };
      const back = { ...inputs, receipts: [receiptFor(inputs.release, 'preflight', { mode })] };
      const found = conclude({ ...done, execution: undefined, ...invalid }, nothing, back);
      assert.deepEqual(
        found.map(({ code, severity }) => [code, severity]),
        [['INDEX_INVALID', 'WARNING']],
      );
      const pending = conclude({ ...done, ...ended('Succeeded'), ...invalid }, facts, back);
      assert.equal(verdictOf(pending), 'failed', 'what this promotion leaves half-built blocks');
    });
  }

  it('nothing is started while an invalid index is in the schema', () => {
    const found = judge({ ...facts, ...invalid }, inputs);
    assert.ok(codes(found).includes('INDEX_INVALID'));
    assert.equal(verdictOf(found), 'failed');
  });

  it('a migration that was applied before does not count as applied by this job', () => {
    const findings = conclude({ ...done, ...ended('Failed'), applied: [one] }, facts, inputs);
    assert.ok(!codes(findings).includes('MIGRATION_PARTLY_APPLIED'));
  });

  it('the first migration that is missing is named, with exit code and the last line of the log', () => {
    const execution = { name: 'migrate-1', status: 'Failed', exitCode: 3 };
    const logs = ['> migrating', 'error: column "x" does not exist', ''];
    const [finding] = conclude({ ...done, ...none, execution, logs }, facts, inputs);
    assert.equal(finding?.about, two);
    assert.equal(finding?.found, 'execution migrate-1 Failed with exit code 3: error: column "x" does not exist');
  });

  it('the migration that failed is named, where the log says how far the tool came', () => {
    const logs = [`migrate: ${two} (up)`, `migrate: ${three} (up)`, `migrate: FAILED: ${three}: no`];
    const [finding] = conclude({ ...done, ...ended('Failed'), ...none, logs }, facts, inputs);
    assert.equal(finding?.about, three);
  });

  it('who held the lock is named when it was seen', () => {
    const note = 'waits for a lock of pid 7 (psql, idle in transaction, in transaction for 9 s)';
    const timeline = [{ at: '2026-03-02T10:00:00Z', elapsedMs: 1, status: 'Running', note }];
    const [finding] = conclude({ ...done, ...ended('Failed'), ...none, ...lock, timeline }, facts, inputs);
    assert.match(finding?.found ?? '', /no lock within 5s, it waits for a lock of pid 7 \(psql/);
  });
});
