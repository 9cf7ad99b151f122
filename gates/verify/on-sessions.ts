import type { ClientBase } from 'pg';
import type { Snapshot } from './snapshot.ts';

/**
 * Does pieces of work on all of a snapshot's sessions, each taking the next that is left, in their order.
 * @throws what the first piece that fails throws, or the signal's reason; the others end with what they are at.
 */
export async function onSessions<Piece>(
  snapshot: Snapshot,
  pieces: readonly Piece[],
  signal: AbortSignal | undefined,
  work: (client: ClientBase, piece: Piece) => Promise<void>,
): Promise<void> {
  const waiting = [...pieces].reverse();
  const failed = new AbortController();
  const stop = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  const worker = async (client: ClientBase) => {
    for (let piece = waiting.pop(); piece !== undefined; piece = waiting.pop()) {
      stop.throwIfAborted();
      await work(client, piece);
    }
  };
  await Promise.allSettled(snapshot.sessions.map((client) => worker(client).catch((error) => failed.abort(error))));
  failed.signal.throwIfAborted();
}
