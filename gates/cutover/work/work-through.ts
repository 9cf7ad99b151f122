import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../kernel/gate-error.ts';
import { type Progress, seconds } from '../../kernel/progress.ts';
import { redact } from '../../kernel/redact.ts';
import { type KeptSessions, keepSessions } from './kept-sessions.ts';
import { holdPiece } from './piece-holder.ts';
import { failWork, finishWork, type Piece, returnWork, takeWork } from './take-work.ts';
import type { OpenSide, Session, Tasks } from './task.ts';
import { workState } from './work-state.ts';

/** One worker of a run. */
export interface Worker {
  readonly run: string;
  /** As it is called in the work table. */
  readonly name: string;
  readonly open: OpenSide;
  readonly tasks: Tasks;
  readonly signal: AbortSignal;
  readonly say: Progress;
}

/** Milliseconds between two looks for a piece that may become free, and between two lines of progress. */
const lookMs = 250;
const sayMs = 5_000;

/**
 * The session that takes pieces waits in its transaction while a task works on others: for a day at the most. Of a
 * machine that is gone the server hears nothing; it asks after 10 s, and lets go of the piece within half a minute.
 */
const prepareWork = `select set_config('default_transaction_read_only', 'off', false), set_config('search_path', 'pg_catalog', false),
  set_config('statement_timeout', '30s', false), set_config('lock_timeout', '30s', false),
  set_config('idle_in_transaction_session_timeout', '1d', false), set_config('tcp_keepalives_idle', '10', false),
  set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)`;
/** A statement whose client is gone ends where the server can look (14 and later, not on Windows); elsewhere its bound does. */
const endWithUs = `do $$ begin
  perform set_config('client_connection_check_interval', '1s', false);
exception when undefined_object or invalid_parameter_value then null; end $$`;

/**
 * Takes pieces of a run until none is left, or one has failed the run, and gives how many were done. A piece that throws is
 * freed for another try. On the signal the piece at hand is given back.
 * @throws the signal's reason, an Error when nobody owns the run, and what the server says when it cannot be reached.
 */
export async function workThrough(worker: Worker): Promise<number> {
  const { run, name, open, signal, say } = worker;
  const sessions = keepSessions(open);
  // What a session waits for ends with the session.
  const stop = () => void sessions.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const since = performance.now();
    let [done, said] = [0, since];
    for (;;) {
      signal.throwIfAborted();
      const work = await workSession(sessions);
      const piece = await takeWork(work, run, name);
      if (piece !== undefined) {
        if (await tried(worker, sessions, work, piece)) done += 1;
        if (performance.now() - said < sayMs) continue;
        said = performance.now();
        say(`${done} pieces done … ${seconds(since)}`);
      } else if (await isOver(work, run)) {
        say(`no piece is left, ${done} done … ${seconds(since)}`);
        return done;
      } else await delay(lookMs, undefined, { signal });
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await sessions.close();
  }
}

/** Does a piece, and says whether it is done. */
async function tried(worker: Worker, sessions: KeptSessions, work: Session, piece: Piece): Promise<boolean> {
  const { tasks, signal, say } = worker;
  try {
    const task = tasks[piece.kind];
    if (task === undefined) throw new Error(`there is no task for pieces of kind ${piece.kind}`);
    const session: KeptSessions['of'] = async (...of) => {
      const client = await sessions.of(...of);
      // One that was being opened when the others were closed would work on.
      signal.throwIfAborted();
      return client;
    };
    const result = await task(piece.payload, { work, session, signal });
    await finishWork(work, piece, result);
    return true;
  } catch (error) {
    const fresh = await renewed(sessions, piece);
    if (signal.aborted) {
      await returnWork(fresh, piece);
      throw signal.reason;
    }
    const found = redact(messageOf(error));
    await failWork(fresh, piece, found);
    say(`piece ${piece.number}, try ${piece.attempts}: ${found}`);
    return false;
  }
}

/** Ends whatever a stream or a transaction is in the middle of, with its session; no moment is left in which nobody holds the piece. */
async function renewed(sessions: KeptSessions, piece: Piece): Promise<Session> {
  const closeOld = sessions.letGo();
  try {
    const fresh = await workSession(sessions);
    await holdPiece(fresh, piece);
    return fresh;
  } finally {
    await closeOld();
  }
}

/** Whether nothing is left to take, now or when a worker is gone. */
async function isOver(work: Session, run: string): Promise<boolean> {
  const { waiting, taken, failed, owned } = await workState(work, run);
  if (waiting + taken === 0 || failed > 0) return true;
  if (!owned) throw new Error(`nobody waits for ${run} any more`);
  return false;
}

function workSession(sessions: KeptSessions): Promise<Session> {
  return sessions.of('work', 'target', async (client) => {
    await client.query(prepareWork);
    await client.query(endWithUs);
  });
}
