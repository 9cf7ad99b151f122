import { setTimeout as delay } from 'node:timers/promises';
import type { EnvironmentPaths } from '../environment-paths.ts';
import { boundLog, inspectRun, type RunState, stopRun } from '../process/process-run.ts';
import { type ExecutionRecord, replicaRuns } from './job-record.ts';

const POLL_MS = 100;
const GRACE_MS = 30_000;
const LOG_BYTES = 20_000_000;

/** An execution as its follower sees and keeps it. */
export interface Followed {
  readonly latest: () => ExecutionRecord;
  readonly save: (record: ExecutionRecord) => Promise<void>;
  /** Starts one more replica; one that cannot be started is on record, and was never started. */
  readonly startReplica: () => Promise<void>;
}

/**
 * Follows an execution to its end, also one that a daemon before this one started, and records how it ended: well when as many
 * replicas as it needs have, and not when one has not, which ends the others. What it goes by is on disk.
 */
export async function followExecution(
  paths: EnvironmentPaths,
  { latest, save, startReplica }: Followed,
): Promise<void> {
  const runs = () => replicaRuns(paths.executions, latest());
  const deadline = Date.parse(latest().startTime) + latest().timeoutSeconds * 1000;
  // What a daemon had recorded and not started before it died must not start later.
  let states = await inspectAll(runs(), true);
  while (states.some(isRunning) || owes(latest(), states) > 0) {
    if (latest().ending === undefined && Date.now() > deadline) await save({ ...latest(), ending: 'timeout' });
    if (latest().ending !== undefined || states.some(isBad)) {
      await Promise.all(runs().map((run) => stopRun(run, GRACE_MS)));
    } else {
      for (let more = owes(latest(), states); more > 0; more -= 1) await startReplica();
      for (const run of runs()) await boundLog(run, LOG_BYTES);
      await delay(POLL_MS);
    }
    states = await inspectAll(runs());
  }
  await save(endedRecord(latest(), states));
}

function inspectAll(runs: readonly string[], giveUp = false): Promise<readonly RunState[]> {
  return Promise.all(runs.map((run) => inspectRun(run, giveUp)));
}

/** How many replicas are to be started now. None once one has ended badly, or the end was asked for. */
function owes({ parallelism, completions, ending }: ExecutionRecord, states: readonly RunState[]): number {
  if (ending !== undefined || states.some(isBad)) return 0;
  const running = states.filter(isRunning).length;
  return Math.min(parallelism - running, completions - states.length);
}

/** What the execution came to, from how its replicas ended and whether that was asked for. */
function endedRecord(record: ExecutionRecord, states: readonly RunState[]): ExecutionRecord {
  const times = states.flatMap((state) => (state.kind === 'exited' ? [state.endTime] : []));
  const replicas = states.map((state) => (state.kind === 'exited' ? { exitCode: state.code } : {}));
  const endTime = times.length === states.length ? times.toSorted().at(-1) : undefined;
  const ended = { ...record, replicas, endTime: endTime ?? new Date().toISOString() };
  if (record.ending === 'timeout') {
    const message = `Job was active longer than the specified replica timeout of ${record.timeoutSeconds} s`;
    return { ...ended, status: 'Failed', reason: 'DeadlineExceeded', message };
  }
  if (record.ending === 'stop')
    return { ...ended, status: 'Stopped', reason: 'Stopped', message: 'Stopped on request' };
  const bad = new Set(states.filter(isBad).map(({ kind }) => kind));
  if (bad.size === 0) return { ...ended, status: 'Succeeded' };
  // Which of them it was: one that was stopped because of another has an exit code too.
  if (bad.has('never-started')) {
    return { ...ended, status: 'Failed', reason: 'NeverStarted', message: 'The container was never started' };
  }
  if (bad.has('vanished')) {
    const message = 'The process is gone without an exit code';
    // For certain it runs no more: said otherwise, whoever waits for its end would wait for ever.
    return { ...ended, status: 'Failed', reason: 'ExitCodeUnknown', message };
  }
  const message = 'Job has reached the specified backoff limit';
  return { ...ended, status: 'Failed', reason: 'BackoffLimitExceeded', message };
}

function isRunning({ kind }: RunState): boolean {
  return kind === 'running';
}

/** Ended, and not well: the local platform retries no replica. */
function isBad(state: RunState): boolean {
  return state.kind === 'exited' ? state.code !== 0 : state.kind !== 'running';
}
