import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { databaseIn } from './cutover/sides.ts';
import { openSides } from './cutover/work/open-side.ts';
import { everyTask } from './cutover/work/tasks.ts';
import { workThrough } from './cutover/work/work-through.ts';
import { messageOf } from './kernel/gate-error.ts';
import { progressOf } from './kernel/progress.ts';
import { redact } from './kernel/redact.ts';

/** Exit codes: no piece is left, the worker came to an error, or it was told to end (as shells have it). */
const codes = { noneLeft: 0, error: 1, told: 143 };

// A worker: `node gates/cutover-worker.ts --run <id> --target <variable> [--source <variable>] [--tied]`. It takes pieces of the
// run from the target's work table until none is left. The variables have the URLs. A tied one ends with its standard input.
const stop = new AbortController();
const told = (by: string) => stop.abort(new Error(`told to end by ${by}`));
try {
  const { values } = parseArgs({
    options: {
      run: { type: 'string' },
      source: { type: 'string' },
      target: { type: 'string', default: 'CUTOVER_TARGET_DIRECT_URL' },
      tied: { type: 'boolean', default: false },
    },
  });
  const { run, source, target, tied } = values;
  if (run === undefined) throw new Error('--run is missing; needed the id of a run in the work table');
  process.on('SIGTERM', () => told('SIGTERM'));
  process.on('SIGINT', () => told('SIGINT'));
  if (tied) {
    for (const over of ['end', 'close', 'error']) process.stdin.on(over, () => told('its parent'));
    process.stdin.resume();
  }
  const sides = { source: source === undefined ? undefined : databaseIn(source), target: databaseIn(target) };
  // Of an execution: the replicas of one may have the same process id, and a host of their own.
  const execution = process.env.CONTAINER_APP_JOB_EXECUTION_NAME;
  const name = [...(execution ? [execution] : []), hostname(), process.pid].join('/');
  const open = openSides(sides, run);
  await workThrough({ run, name, open, tasks: everyTask, signal: stop.signal, say: progressOf('work') });
  process.exit(codes.noneLeft);
} catch (error) {
  console.error(`work: ${stop.signal.aborted ? 'ended' : 'FAILED'}: ${redact(messageOf(error))}`);
  process.exit(stop.signal.aborted ? codes.told : codes.error);
}
