import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { GateInputs } from '../../../gates/kernel/gate.ts';
import {
  type Drill,
  type Rehearsal,
  type RehearseInputs,
  rehearseSettings,
  type SuiteRun,
} from '../../../gates/rehearse/facts.ts';
import { irreversibleReason } from '../../../gates/rehearse/irreversible.ts';
import { judge } from '../../../gates/rehearse/judge.ts';
import { classOfText } from '../../../gates/rehearse/migration-class.ts';
import { blockingOf, type Scale, type StatementOf } from '../../../gates/rehearse/model.ts';
import { sampleInputs } from '../sample-release.ts';

const inputs = (settings: object = {}) =>
  ({
    ...(sampleInputs() as GateInputs),
    settings: rehearseSettings.parse(settings),
    timeouts: { job: 60 },
  }) as RehearseInputs;
const migration = (drill: Drill, code: number | null = 0) => ({
  name: 'one',
  run: { code, output: ['line', 'the last line'], ms: 1 },
  statements: [],
  observed: [],
  class: 'blocking' as const,
  buildsIndexes: [],
  drill,
});
const drilled: Drill = { kind: 'drilled', afterDown: [], afterUp: [] };
const good: Rehearsal = {
  major: 18,
  refused: [],
  differences: [],
  notSeeded: [],
  stepped: true,
  migrations: [migration(drilled)],
  blocking: [],
};
const smoke = (outcome: 'passed' | 'failed' | 'transient'): SuiteRun => [
  { surface: 'overview', url: '', outcome, assertions: [], timeline: [], snippet: null },
];
const blocked = (seconds: number, table = 'public.t') => [
  { table, mode: 'AccessExclusiveLock', seconds, writesWaiting: 7, sql: 'alter table t', migration: 'one' },
];
const difference = { object: 'column public.t.a', found: 'text' };

const cases: readonly (readonly [string, Partial<Rehearsal>, object, readonly string[]])[] = [
  ['nothing is wrong', {}, {}, []],
  ['the applied migrations do not apply', { baseFailed: 'x' }, {}, ['BLOCKER REHEARSAL_BASE_FAILED']],
  ['the shadow lacks an extension', { refused: ['x'] }, {}, ['WARNING SHADOW_INCOMPLETE']],
  ['production has drifted', { differences: [difference] }, {}, ['WARNING SCHEMA_DIFFERS']],
  ['a table has no row', { notSeeded: [{ table: 't', reason: 'x' }] }, {}, ['WARNING TABLE_NOT_SEEDED']],
  ['they could not be run one by one', { stepped: false }, {}, ['WARNING REHEARSAL_NOT_STEPPED']],
  ['a migration fails', { migrations: [migration(drilled, 1)] }, {}, ['BLOCKER REHEARSAL_FAILED']],
  ['a migration does not end', { migrations: [migration(drilled, null)] }, {}, ['BLOCKER REHEARSAL_FAILED']],
  ['a lock is within its budget', { blocking: blocked(2) }, {}, []],
  ['a lock is over the default budget', { blocking: blocked(2.1) }, {}, ['BLOCKER LOCK_BUDGET_EXCEEDED']],
  [
    "a lock is over its table's budget",
    { blocking: blocked(1) },
    { lockBudget: { tables: { 'public.t': 0.5 } } },
    ['BLOCKER LOCK_BUDGET_EXCEEDED'],
  ],
  ['a table may be blocked for longer', { blocking: blocked(9) }, { lockBudget: { tables: { 'public.t': 10 } } }, []],
  [
    'the way back fails',
    { migrations: [migration({ kind: 'failed', found: 'x', lost: false })] },
    {},
    ['BLOCKER DOWN_FAILED'],
  ],
  [
    'the way back leaves a column',
    { migrations: [migration({ ...drilled, afterDown: [difference] })] },
    {},
    ['BLOCKER DOWN_INCOMPLETE'],
  ],
  [
    'up again is not the same',
    { migrations: [migration({ ...drilled, afterUp: [difference] })] },
    {},
    ['BLOCKER DOWN_INCOMPLETE'],
  ],
  [
    'there is no way back, with a reason',
    { migrations: [migration({ kind: 'irreversible', reason: 'x' })] },
    {},
    ['WARNING MIGRATION_IRREVERSIBLE'],
  ],
  [
    'there is no way back, and the policy wants one',
    { migrations: [migration({ kind: 'irreversible', reason: 'x' })] },
    { irreversible: { policy: 'block' } },
    ['BLOCKER MIGRATION_IRREVERSIBLE'],
  ],
  [
    'the way back was not tried',
    { migrations: [migration({ kind: 'left-out', reason: 'x' })] },
    {},
    ['WARNING DRILL_LEFT_OUT'],
  ],
  [
    'the previous release breaks',
    { previous: { sha: 'p', before: smoke('passed'), after: smoke('failed') } },
    {},
    ['BLOCKER REHEARSAL_BREAKS_PREVIOUS'],
  ],
  [
    'the previous release stops answering',
    { previous: { sha: 'p', before: smoke('passed'), after: smoke('transient') } },
    {},
    ['BLOCKER REHEARSAL_BREAKS_PREVIOUS'],
  ],
  [
    'the previous release failed before',
    { previous: { sha: 'p', before: smoke('failed'), after: smoke('failed') } },
    {},
    [],
  ],
  [
    'the previous release did not start',
    { previous: { sha: 'p', missing: 'x' } },
    {},
    ['WARNING REHEARSAL_SMOKE_LEFT_OUT'],
  ],
  ['the candidate fails', { candidate: { sha: 'c', after: smoke('failed') } }, {}, ['BLOCKER REHEARSAL_SMOKE_FAILED']],
  ['the candidate does not start', { candidate: { sha: 'c', missing: 'x' } }, {}, ['BLOCKER REHEARSAL_SMOKE_FAILED']],
  [
    'the candidate fails where the previous one did on the same rows',
    { previous: { sha: 'p', before: smoke('failed') }, candidate: { sha: 'c', after: smoke('failed') } },
    {},
    ['WARNING REHEARSAL_SMOKE_FAILED'],
  ],
];

describe('the judge of a rehearsal', () => {
  for (const [name, changes, settings, expected] of cases) {
    it(`says ${expected.join(', ') || 'nothing'} when ${name}`, () => {
      const facts = { applied: [], pending: ['one'], plan: {}, rehearsal: { ...good, ...changes } };
      assert.deepEqual(
        judge(facts, inputs(settings)).map(({ severity, code }) => `${severity} ${code}`),
        expected,
      );
    });
  }

  it('shows a rule and a trace that disagree, and lets the trace decide', () => {
    const one = { migration: 'one', table: 't', ruleSays: 'AccessExclusiveLock and a rewrite' };
    const rulesAndTrace = [
      { ...one, rule: 'changing-column-type', traceSaw: 'AccessExclusiveLock, no rewrite', agree: false },
      { ...one, rule: 'cluster', traceSaw: 'AccessExclusiveLock, rewrite', agree: true },
      { ...one, rule: null, ruleSays: 'nothing', traceSaw: 'ShareLock, index build', agree: false },
    ];
    const found = (seconds: number) => {
      const facts = { applied: [], pending: ['one'], plan: {}, rulesAndTrace };
      return judge({ ...facts, rehearsal: { ...good, blocking: blocked(seconds, 't') } }, inputs());
    };
    const cleared =
      'RULE_AND_TRACE_DISAGREE: rule changing-column-type says AccessExclusiveLock and a rewrite of t; the trace saw AccessExclusiveLock, no rewrite';
    const missed = 'RULE_AND_TRACE_DISAGREE: no rule says anything of t; the trace saw ShareLock, index build';
    const warnings = (seconds: number) =>
      found(seconds).flatMap((each) => (each.severity === 'WARNING' ? [`${each.code}: ${each.found}`] : []));
    assert.deepEqual([warnings(1), warnings(3)], [[cleared], [cleared, missed]]);
    const blockers = (seconds: number) =>
      found(seconds).flatMap(({ severity, code }) => (severity === 'BLOCKER' ? [code] : []));
    assert.deepEqual([blockers(1), blockers(3)], [[], ['LOCK_BUDGET_EXCEEDED']]);
  });

  it('passes with a warning when the rehearsal is left out with a reason, and without one when nothing is pending', () => {
    const without = inputs({ without: 'the shadow server is being moved' });
    const codes = (pending: string[]) => judge({ applied: [], pending, plan: {} }, without).map(({ code }) => code);
    assert.deepEqual([codes(['one']), codes([])], [['REHEARSAL_LEFT_OUT'], []]);
  });
});

describe('the time for which a table would be blocked', () => {
  const scale: Scale = {
    tables: new Map([
      [1, 'public.t'],
      [2, 'public.u'],
    ]),
    production: new Map([
      ['public.t', { rows: 1e6, bytes: 1e9, indexBytes: 1e8, writesPerSecond: 10 }],
      ['public.u', { rows: 1e6, bytes: 1e9, indexBytes: 1e8, writesPerSecond: 0 }],
    ]),
    shadowRows: new Map([
      ['public.t', 4],
      ['public.u', 4],
    ]),
    speed: { scanBytes: 1e8, rewriteBytes: 1e7, indexRows: 1e5, changeRows: 1e4 },
  };
  const statement = (changes: Partial<StatementOf>): StatementOf => ({
    ...{ sql: 'x', kind: 'AlterTableStmt', transaction: 1, alone: false, waiting: false, ms: 1, migration: 'one' },
    ...{ locks: [], rewritten: [], indexed: [], scanned: [], changed: [] },
    ...changes,
  });
  const exclusive = [[1, 'AccessExclusiveLock']] as const;
  for (const [name, statements, seconds] of [
    ['nothing, for a change of the catalog alone', [{ locks: exclusive }], 0],
    ['a scan', [{ locks: exclusive, scanned: [1] }], 10],
    ['a rewrite with its index', [{ locks: exclusive, rewritten: [1], indexed: [1] }], 110],
    ['the share of rows that is changed', [{ locks: exclusive, changed: [[1, 2]] }], 50],
    ['all that follows in the transaction', [{ locks: exclusive }, { locks: exclusive, scanned: [2] }], 10],
    ['not what came before the lock', [{ scanned: [2] }, { locks: exclusive }], 0],
    ['not what another transaction does', [{ locks: exclusive }, { transaction: 2, scanned: [2] }], 0],
    ['not a truncate, which writes nothing', [{ kind: 'TruncateStmt', locks: exclusive, rewritten: [1] }], 0],
    ['a sleep', [{ locks: exclusive, ms: 3000 }], 3],
  ] as const) {
    it(`is ${name}`, () => {
      const [found] = blockingOf(
        statements.map((each) => statement(each as Partial<StatementOf>)),
        scale,
      );
      assert.equal(Math.round(found?.seconds ?? -1), seconds);
      assert.equal(found?.writesWaiting, Math.round(10 * (found?.seconds ?? 0)));
    });
  }

  it('is none where others can write, and none for a table that production does not have', () => {
    assert.deepEqual(
      blockingOf(
        [
          statement({
            locks: [
              [1, 'ShareUpdateExclusiveLock'],
              [9, 'AccessExclusiveLock'],
            ],
            scanned: [1],
          }),
        ],
        scale,
      ),
      [],
    );
  });
});

describe('a migration that nobody traced', () => {
  for (const [text, expected] of [
    ['create index concurrently i on t (a);', ['waiting', 'i']],
    ['create unique index concurrently if not exists "i" on t (a)', ['waiting', 'i']],
    ['alter table t validate constraint c;', ['waiting']],
    ['alter table t add column a int; create index concurrently i on t (a)', ['blocking', 'i']],
    ['-- concurrently\nalter table t add column a int', ['blocking']],
    ['alter table t add column a int;\n-- Down Migration\ndrop index concurrently i', ['blocking']],
    [`// concurrently\npgm.addColumn('t', {})`, ['blocking']],
    [`pgm.sql('create index concurrently i on t (a)')`, ['waiting', 'i']],
  ] as const) {
    it(`is ${expected[0]}: ${text.replaceAll('\n', ' ⏎ ')}`, () => {
      const found = classOfText(text);
      assert.deepEqual([found.class, ...found.buildsIndexes], expected);
    });
  }
});

describe('a migration without a way back', () => {
  it('says why, in a comment of its language, and is not one without a reason', () => {
    assert.equal(
      irreversibleReason('-- Up Migration\n-- irreversible: the old codes are not kept\n'),
      'the old codes are not kept',
    );
    assert.equal(irreversibleReason('  // Irreversible: merged'), 'merged');
    assert.equal(irreversibleReason('-- irreversible:\nselect 1'), undefined);
  });
});
