import { coordinate } from '../../cutover/work/coordinate.ts';
import type { Session } from '../../cutover/work/task.ts';
import { forgetDeadRuns } from '../../cutover/work/work-table.ts';
import type { StartWorkers } from '../../cutover/work/workers.ts';
import type { Progress } from '../../kernel/progress.ts';
import type { Chunk } from '../chunks.ts';
import { exportAgain, type OpenSession } from '../snapshot.ts';
import type { DigestChunks } from '../table-digest.ts';
import type { DigestPiece } from './digest-piece.ts';
import { leafRecordSchema, sumsOf } from './leaf-record.ts';

/** Who digests, and where the pieces lie. */
export interface DigestWorkers {
  readonly runId: string;
  /** Opens a session to the target that may write: the work table is there while the run lasts. */
  readonly open: OpenSession;
  readonly start: StartWorkers;
  /** Bound of a statement, and of a worker's wait between two. */
  readonly boundSeconds: number;
  readonly say: Progress;
}

const kind = 'digest';
const mayWrite = `
select set_config('default_transaction_read_only', 'off', false), set_config('search_path', 'pg_catalog', false),
  set_config('statement_timeout', '30s', false), set_config('lock_timeout', '10s', false)`;

/**
 * Digests chunks by workers, which take them from the work table and import the snapshot. A worker that is killed loses one chunk,
 * which another one takes. The snapshot lives in this process: when that dies the verification begins anew, under another id.
 */
export function digestByWorkers(workers: DigestWorkers): (side: 'source' | 'target') => DigestChunks {
  return (side) =>
    async (snapshot, chunks, signal = new AbortController().signal, done) => {
      if (chunks.length === 0) return;
      const { runId, open, start, boundSeconds, say } = workers;
      const run = `verify ${runId} ${side}`;
      const id = await exportAgain(snapshot);
      const client = (await open()) as Session;
      try {
        await client.query(mayWrite);
        await coordinate({
          client,
          run,
          kind,
          pieces: async (filling) => {
            await forgetDeadRuns(filling, kind, run);
            return chunks.map(
              (chunk) => ({ side, snapshot: id, boundSeconds, chunk: alone(chunk) }) satisfies DigestPiece,
            );
          },
          start,
          signal,
          say: (line) => say(`${side} ${line}`),
          // Numbers count from 1, in the order of the chunks.
          done: ({ number, result }) => done(chunks[number - 1] as Chunk, sumsOf(leafRecordSchema.parse(result))),
          keep: false,
        });
      } finally {
        await client.end();
      }
    };
}

/** A chunk reads what its condition says; all the partitions of its table would only make each piece as large as the list of them. */
function alone(chunk: Chunk): Chunk {
  return { ...chunk, table: { ...chunk.table, parts: [] } };
}
