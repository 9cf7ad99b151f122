import { setTimeout as delay } from 'node:timers/promises';
import type { EnvironmentPaths } from '../environment-paths.ts';
import { boundLog, inspectRun, type RunState, stopRun } from '../process/process-run.ts';
import { type ExecutionRecord, executionRun } from './job-record.ts';

const POLL_MS = 100;
const GRACE_MS = 30_000;
const LOG_BYTES = 20_000_000;

/** Follows an execution to its end, also one that a daemon before this one started, and records how it ended. */
export async function followExecution(
  paths: EnvironmentPaths,
  latest: () => ExecutionRecord,
  save: (record: ExecutionRecord) => Promise<void>,
): Promise<void> {
  const directory = executionRun(paths.executions, latest());
  const deadline = Date.parse(latest().startTime) + latest().timeoutSeconds * 1000;
  // What a daemon had recorded and not started before it died must not start later.
  let state = await inspectRun(directory, latest().status === 'Processing');
  while (state.kind === 'running') {
    if (latest().ending === undefined && Date.now() > deadline) await save({ ...latest(), ending: 'timeout' });
    if (latest().ending !== undefined) {
      await stopRun(directory, GRACE_MS);
    } else {
      await boundLog(directory, LOG_BYTES);
      await delay(POLL_MS);
    }
    state = await inspectRun(directory);
  }
  await save(endedRecord(latest(), state));
}

/** What the execution came to, from how its process ended and whether that was asked for. */
function endedRecord(record: ExecutionRecord, state: Exclude<RunState, { kind: 'running' }>): ExecutionRecord {
  const endTime = state.kind === 'exited' ? state.endTime : new Date().toISOString();
  const exitCode = state.kind === 'exited' ? state.code : undefined;
  const ended = { ...record, endTime, exitCode };
  if (record.ending === 'timeout') {
    const message = `Job was active longer than the specified replica timeout of ${record.timeoutSeconds} s`;
    return { ...ended, status: 'Failed', reason: 'DeadlineExceeded', message };
  }
  if (record.ending === 'stop')
    return { ...ended, status: 'Stopped', reason: 'Stopped', message: 'Stopped on request' };
  switch (state.kind) {
    case 'exited':
      if (state.code === 0) return { ...ended, status: 'Succeeded' };
      return {
        ...ended,
        status: 'Failed',
        reason: 'BackoffLimitExceeded',
        message: 'Job has reached the specified backoff limit',
      };
    case 'never-started':
      return { ...ended, status: 'Failed', reason: 'NeverStarted', message: 'The container was never started' };
    case 'vanished':
      return {
        ...ended,
        // For certain it runs no more: said otherwise, whoever waits for its end would wait for ever.
        status: 'Failed',
        reason: 'ExitCodeUnknown',
        message: 'The process is gone without an exit code',
      };
    default:
      return state satisfies never;
  }
}
