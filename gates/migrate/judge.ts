import { blocker, type Finding, warning } from '../kernel/verdict.ts';
import { classPlanSchema } from './batches.ts';
import { type MigrateDone, type MigrateFacts, type MigrateInputs, markVariable } from './facts.ts';
import { isOfAttempt } from './start-once.ts';

/** Whether the job may be started: it is what was declared, nobody else's execution runs, nothing half-built is in the way. */
export function judge(facts: MigrateFacts, inputs: MigrateInputs): readonly Finding[] {
  const { release, job } = inputs;
  if (facts.pending.length === 0) return [];
  const findings: Finding[] = [];
  const image = release.services[release.migrations.service]?.image;
  const declared = facts.job;
  if (declared === undefined) {
    findings.push(blocker('JOB_NOT_AS_DECLARED', job, 'no such job', 'the job of this release'));
  } else {
    const { parallelism, replicaCompletionCount, replicaRetryLimit, container } = declared;
    const found = `parallelism ${parallelism}, completions ${replicaCompletionCount}, retries ${replicaRetryLimit}, image ${container.image}`;
    const needed = `parallelism 1, completions 1, retries 0, image ${image}`;
    if (found !== needed) findings.push(blocker('JOB_NOT_AS_DECLARED', job, found, needed));
  }
  for (const execution of facts.running.filter((running) => !isOfAttempt(facts.mark, running.env[markVariable]))) {
    const found = `execution ${execution.name} ${execution.status} since ${execution.startTime ?? 'an unknown time'}`;
    findings.push(blocker('MIGRATION_IN_PROGRESS', job, found, 'no execution but ours'));
  }
  // What an earlier try of a pending migration left is dropped before the next one.
  const ours = leftoversOf(inputs, facts.pending);
  return [...findings, ...facts.invalidIndexes.filter((name) => !ours.has(unquoted(name))).map(halfBuilt)];
}

/** Names of the indexes that pending migrations build concurrently. */
function leftoversOf({ receipts }: MigrateInputs, pending: readonly string[]): ReadonlySet<string> {
  const rehearsed = receipts.find(({ gate }) => gate === 'rehearse');
  const plan = classPlanSchema.safeParse(rehearsed?.data.plan).data ?? {};
  return new Set(pending.flatMap((name) => plan[name]?.buildsIndexes ?? []));
}

/** The name of an index without its schema and quotes. */
function unquoted(name: string): string {
  return (/(?:"((?:[^"]|"")+)"|([^."]+))$/.exec(name)?.slice(1).find(Boolean) ?? name).replaceAll('""', '"');
}

/** What the job came to. The database's history decides; the platform's status and the log only explain. */
export function conclude(done: MigrateDone, facts: MigrateFacts, inputs: MigrateInputs): readonly Finding[] {
  const { timeouts } = inputs;
  const applied = new Set(done.applied);
  const missing = facts.pending.filter((name) => !applied.has(name));
  // An index that serves no read must not keep anybody from going back to what worked.
  const goingBack = facts.pending.length === 0 && ['rollback', 'steady'].includes(String(modeIn(inputs)));
  const invalid = done.invalidIndexes
    .map(halfBuilt)
    .map((finding): Finding => (goingBack ? { ...finding, severity: 'WARNING' } : finding));
  const status = statusOf(done);
  const mixed = done.mixed
    ? [warning('CLASSES_MIXED', missing[0] ?? 'migrations', 'one execution for all', 'one for each class of timeouts')]
    : [];
  if (missing.length === 0) {
    if (done.execution === undefined || done.execution.status === 'Succeeded') return [...invalid, ...mixed];
    return [
      ...invalid,
      ...mixed,
      warning('EXECUTION_DISAGREES', done.execution.name, status, 'Succeeded: every migration is applied'),
    ];
  }
  const log = done.logs.join('\n');
  // The tool logs each migration as it comes to it: the last one that it came to is the one that did not go through.
  const about = missing.findLast((name) => log.includes(name)) ?? missing[0] ?? 'history';
  const findings: Finding[] = [];
  if (done.old !== undefined && done.old.length > 0) {
    const needed = 'no transaction that a concurrent index build would wait for';
    findings.push(...done.old.map((line) => blocker('OLD_TRANSACTION', about, line, needed)));
  } else if (done.timedOut) {
    findings.push(
      blocker('MIGRATION_TIMEOUT', about, `no end after ${timeouts.job} s`, `an end within ${timeouts.job} s`),
    );
  } else if (done.execution?.status === 'Succeeded') {
    findings.push(blocker('MIGRATION_NOT_APPLIED', about, status, 'the migration in the history'));
  } else if (done.execution?.status !== 'Failed' && done.execution?.status !== 'Stopped') {
    findings.push(blocker('EXECUTION_UNKNOWN', about, status, 'an execution that ended'));
  } else if (/due to lock timeout/.test(log)) {
    findings.push(
      blocker('LOCK_NOT_GRANTED', about, `no lock within ${timeouts.lock}${triesOf(done)}${waitsIn(done)}`, 'the lock'),
    );
  } else if (/due to statement timeout/.test(log)) {
    findings.push(
      blocker('STATEMENT_TOO_SLOW', about, `a statement longer than ${timeouts.statement}`, 'one within it'),
    );
  } else {
    findings.push(blocker('MIGRATION_FAILED', about, `${status}${lastLine(done)}`, 'the migration in the history'));
  }
  if (missing.length < facts.pending.length) {
    const found = `${facts.pending.length - missing.length} of ${facts.pending.length} applied; not applied: ${missing.join(', ')}`;
    findings.push(blocker('MIGRATION_PARTLY_APPLIED', about, found, 'all of them'));
  }
  return [...findings, ...invalid, ...mixed];
}

function triesOf({ execution, executions = [] }: MigrateDone): string {
  const tries = executions.find(({ name }) => name === execution?.name)?.nth ?? 1;
  return tries > 1 ? ` in ${tries} tries` : '';
}

function halfBuilt(index: string): Finding {
  const recovery = `drop index concurrently ${index} (as the migrating role), mend the cause, and promote again.`;
  return blocker('INDEX_INVALID', index, 'an invalid index', 'a valid one or none', recovery);
}

function modeIn({ receipts }: MigrateInputs): unknown {
  return receipts.find((receipt) => receipt.gate === 'preflight')?.data.mode;
}

function statusOf(done: MigrateDone): string {
  const { execution } = done;
  if (execution === undefined) return 'no execution';
  const code = execution.exitCode === undefined ? '' : ` with exit code ${execution.exitCode}`;
  const detail = execution.detail === undefined ? '' : `, ${execution.detail}`;
  return `execution ${execution.name} ${execution.status}${code}${detail}`;
}

function lastLine(done: MigrateDone): string {
  const line = done.logs.findLast((text) => text.trim() !== '');
  return line === undefined ? '' : `: ${line.trim()}`;
}

function waitsIn(done: MigrateDone): string {
  const wait = done.timeline.findLast((entry) => entry.note?.startsWith('waits for a lock'));
  return wait?.note === undefined ? '' : `, it ${wait.note}`;
}
