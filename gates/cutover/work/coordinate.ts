import { poll } from '../../kernel/deadline.ts';
import { gateError } from '../../kernel/gate-error.ts';
import type { Progress } from '../../kernel/progress.ts';
import { disownRun, ownRun } from './run-owner.ts';
import type { Session } from './task.ts';
import { type DonePiece, donePieces, workState } from './work-state.ts';
import { type Filling, fillWork, removeRun } from './work-table.ts';
import type { StartWorkers } from './workers.ts';

/** A run and who works on it. */
export interface Coordination extends Filling {
  /** A session to the target, this run's alone. */
  readonly client: Session;
  readonly start: StartWorkers;
  readonly signal: AbortSignal;
  readonly say: Progress;
  /** Hears of every piece once, also of those that an earlier try of the same run did. */
  readonly done: (piece: DonePiece, state: { readonly heard: number; readonly of: number }) => void;
  /** Whether the pieces stay when the run has ended, so that it can go on, or is known to be done. */
  readonly keep: boolean;
}

const lookMs = 200;

/**
 * Has a run done by workers: lays its pieces out, starts workers, and follows them until every piece is done. However it ends,
 * its workers have ended.
 * @throws GateError WORK_BUSY, WORK_FAILED, WORKERS_LOST; the signal's reason; what the server says.
 */
export async function coordinate(coordination: Coordination): Promise<void> {
  const { client, run } = coordination;
  await ownRun(client, run);
  try {
    await follow(coordination);
  } catch (error) {
    // What ended the run is the error to tell. What cannot be tidied up is nobody's now, and the next run takes it away.
    await tidy(coordination).catch(() => undefined);
    throw error;
  }
  await tidy(coordination);
}

async function follow(coordination: Coordination): Promise<void> {
  const { client, run, start, signal, say } = coordination;
  await fillWork(client, coordination);
  signal.throwIfAborted();
  const heard = new Set<number>();
  const of = await countPieces(client, run);
  if (await look(coordination, heard, of, undefined)) return;
  const workers = await start(run, say);
  try {
    await poll(signal, lookMs, async () => {
      // In this order: workers that end after the look at them have done what the table says.
      const lost = await workers.tend();
      return look(coordination, heard, of, lost);
    });
  } finally {
    await workers.stop();
  }
}

async function tidy({ client, run, keep }: Coordination): Promise<void> {
  if (!keep) await removeRun(client, run);
  await disownRun(client, run);
}

async function countPieces(client: Session, run: string): Promise<number> {
  const { waiting, taken, done, failed } = await workState(client, run);
  return waiting + taken + done + failed;
}

/** Hears of what is done. True at the end. */
async function look(
  { client, run, done }: Coordination,
  heard: Set<number>,
  of: number,
  lost: string | undefined,
): Promise<true | undefined> {
  const { waiting, taken, done: finished, failed, error } = await workState(client, run);
  const there = waiting + taken + finished + failed;
  // What somebody took away would be missing from what the run comes to.
  if (there !== of) throw gateError('WORK_FAILED', run, `${there} pieces in the work table`, `the ${of} of the run`);
  while (heard.size < finished) {
    for (const piece of await donePieces(client, run, heard)) {
      heard.add(piece.number);
      done(piece, { heard: heard.size, of });
    }
  }
  if (error !== undefined) {
    throw gateError('WORK_FAILED', `${run}, piece ${error.number}`, error.error, 'a piece that is done');
  }
  if (finished === of) return true;
  if (lost !== undefined)
    throw gateError('WORKERS_LOST', run, `${finished} of ${of} pieces done; ${lost}`, 'all of them');
  return undefined;
}
