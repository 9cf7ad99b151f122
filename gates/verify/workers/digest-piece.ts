import type { Task } from '../../cutover/work/task.ts';
import type { Chunk } from '../chunks.ts';
import { digestChunk } from '../digest-table.ts';
import { beginAt } from '../snapshot.ts';
import { type LeafRecord, leafRecord } from './leaf-record.ts';

/** A chunk of one side, to be digested at a snapshot that the coordinator holds open. */
export interface DigestPiece {
  readonly side: 'source' | 'target';
  readonly snapshot: string;
  readonly boundSeconds: number;
  readonly chunk: Chunk;
}

/** Digests a chunk on a session of the worker's own at the coordinator's snapshot. */
export const digestPiece: Task = async (payload, { session }): Promise<LeafRecord> => {
  const { side, snapshot, boundSeconds, chunk } = payload as DigestPiece;
  const client = await session(`${side} at ${snapshot}`, side, async (fresh) => {
    await beginAt(fresh, { id: snapshot }, boundSeconds);
  });
  return leafRecord(await digestChunk(client, chunk));
};
