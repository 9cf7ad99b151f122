import { differenceLine } from '../catalog/compare.ts';
import { blocker, type Finding, warning } from '../kernel/verdict.ts';
import type {
  Rehearsal,
  RehearsedMigration,
  RehearseFacts,
  RehearseInputs,
  RehearseSettings,
  SuiteRun,
} from './facts.ts';
import type { Blocking } from './model.ts';
import type { RuleAndTrace } from './rule-and-trace.ts';
import { endOf } from './tool-run.ts';

const differencesShown = 10;

/** Whether what the rehearsal showed may happen to production. */
export function judge(
  { pending, rehearsal, rulesAndTrace = [] }: RehearseFacts,
  inputs: RehearseInputs,
): readonly Finding[] {
  const { settings } = inputs;
  if (pending.length === 0) return [];
  if (rehearsal === undefined) {
    return [
      warning('REHEARSAL_LEFT_OUT', 'sallyport:rehearse.without', `a reason: ${settings.without}`, 'a rehearsal'),
    ];
  }
  const { refused, baseFailed, differences, notSeeded, stepped, migrations } = rehearsal;
  const findings: Finding[] = refused.map((line) =>
    warning('SHADOW_INCOMPLETE', 'shadow', line, 'what production had before its first migration'),
  );
  if (baseFailed !== undefined) {
    return [
      ...findings,
      blocker('REHEARSAL_BASE_FAILED', 'applied migrations', baseFailed, 'all of them, on an empty database'),
    ];
  }
  if (differences.length > 0) {
    const lines = differences.slice(0, differencesShown).map(differenceLine);
    const more = differences.length > lines.length ? `; ${differences.length - lines.length} more` : '';
    const needed = 'the schema that the applied migrations give';
    findings.push(warning('SCHEMA_DIFFERS', 'production', `${lines.join('; ')}${more}`, needed));
  }
  for (const { table, reason } of notSeeded)
    findings.push(warning('TABLE_NOT_SEEDED', table, reason, 'a row at least'));
  if (!stepped) {
    const found = 'all pending migrations in one run';
    findings.push(
      warning('REHEARSAL_NOT_STEPPED', 'sallyport:migrations.stepCommand', found, 'a command with {count}'),
    );
  }
  return [
    ...findings,
    ...migrations.flatMap((migration) => ofMigration(migration, inputs)),
    ...ofLocks(rehearsal, settings),
    ...ofRules(rulesAndTrace, rehearsal, settings),
    ...ofSmoke(rehearsal),
  ];
}

function ofMigration(
  { name, run, drill }: RehearsedMigration,
  { settings, timeouts }: RehearseInputs,
): readonly Finding[] {
  if (run.code !== 0) return [blocker('REHEARSAL_FAILED', name, endOf(run, timeouts.job), 'exit code 0')];
  const blocks = settings.irreversible.policy === 'block' ? blocker : warning;
  switch (drill.kind) {
    case 'irreversible':
      return [blocks('MIGRATION_IRREVERSIBLE', name, `irreversible: ${drill.reason}`, 'a way back')];
    case 'left-out':
      return [warning('DRILL_LEFT_OUT', name, drill.reason, 'down one and up again')];
    case 'failed':
      return [blocker('DOWN_FAILED', name, drill.found, 'the schema as it was before')];
    case 'drilled': {
      const lines = [
        ...drill.afterDown.map((each) => `after down, ${differenceLine(each)}`),
        ...drill.afterUp.map((each) => `up again, ${differenceLine(each)}`),
      ];
      if (lines.length === 0) return [];
      return [blocker('DOWN_INCOMPLETE', name, lines.slice(0, differencesShown).join('; '), 'the same schema')];
    }
    default:
      return drill satisfies never;
  }
}

function ofLocks({ blocking }: Rehearsal, { lockBudget }: RehearseSettings): readonly Finding[] {
  return overBudget(blocking, lockBudget).map(({ table, mode, seconds, writesWaiting, sql, migration }) => {
    const budget = lockBudget.tables[table] ?? lockBudget.default;
    const waits = writesWaiting > 0 ? `, while ${writesWaiting} rows wait to be written` : '';
    const found = `${mode} on ${table} for about ${seconds.toFixed(1)} s${waits} (${shorten(sql)})`;
    return blocker('LOCK_BUDGET_EXCEEDED', migration, found, `${budget} s at most`);
  });
}

/** Tables that would be blocked for longer than they may be. */
export function overBudget(
  blocking: readonly Blocking[],
  { tables, default: usual }: RehearseSettings['lockBudget'],
): readonly Blocking[] {
  return blocking.filter(({ table, seconds }) => seconds > (tables[table] ?? usual));
}

/** What the trace saw counts, by the lock budget; a rule that says more or less is shown beside it. */
function ofRules(
  compared: readonly RuleAndTrace[],
  { blocking }: Rehearsal,
  { lockBudget }: RehearseSettings,
): readonly Finding[] {
  // What no rule named is worth a word when it takes too long; a scan of a small table is in the evidence.
  const tooLong = new Set(overBudget(blocking, lockBudget).map(({ table }) => table));
  return compared
    .filter(({ agree, rule, table }) => !agree && (rule !== null || tooLong.has(table ?? '')))
    .map(({ migration, table, rule, ruleSays, traceSaw }) => {
      const says = rule === null ? 'no rule says anything' : `rule ${rule} says ${ruleSays}`;
      const found = `${says}${table === null ? '' : ` of ${table}`}; the trace saw ${traceSaw}`;
      return warning('RULE_AND_TRACE_DISAGREE', migration, found, 'a rule and a trace that say the same');
    });
}

function ofSmoke({ previous, candidate }: Rehearsal): readonly Finding[] {
  const findings: Finding[] = [];
  const needed = 'answers on the rehearsed schema';
  for (const run of [previous, candidate]) {
    if (run?.missing !== undefined && run !== candidate)
      findings.push(warning('REHEARSAL_SMOKE_LEFT_OUT', `release ${run.sha.slice(0, 12)}`, run.missing, needed));
  }
  if (candidate?.missing !== undefined)
    findings.push(
      blocker('REHEARSAL_SMOKE_FAILED', `release ${candidate.sha.slice(0, 12)}`, candidate.missing, needed),
    );
  const good = passed(previous?.before);
  for (const { surface, found, expected } of failures(previous?.after)) {
    if (!good.has(surface)) continue; // it does not answer on the old schema with the seed either
    findings.push(
      blocker('REHEARSAL_BREAKS_PREVIOUS', `release ${previous?.sha.slice(0, 12)} ${surface}`, found, expected),
    );
  }
  for (const { surface, found, expected } of failures(candidate?.after)) {
    // Where the release that serves fails on the seed too, the seed may be to blame; the smoke gate asks again.
    const say = previous?.before === undefined || good.has(surface) ? blocker : warning;
    findings.push(say('REHEARSAL_SMOKE_FAILED', `candidate ${surface}`, found, expected));
  }
  return findings;
}

function passed(run: SuiteRun | undefined): ReadonlySet<string> {
  return new Set((run ?? []).filter(({ outcome }) => outcome === 'passed').map(({ surface }) => surface));
}

function failures(run: SuiteRun | undefined) {
  return (run ?? [])
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'transient')
    .map(({ surface, assertions, timeline }) => {
      const failed = assertions.find((assertion) => !assertion.passed);
      const last = timeline.at(-1);
      return {
        surface,
        found: failed?.actual ?? last?.error ?? `status ${last?.status}`,
        expected: failed?.expected ?? 'a definite answer',
      };
    });
}

function shorten(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
