import type { Leaves } from './leaves.ts';
import type { TablePart, TableShape } from './table-shape.ts';

/** A part of a table that one session digests in one statement. */
export interface Chunk {
  readonly table: TableShape;
  readonly leaves: Leaves;
  /** SQL: what is read as `t`, the condition on its rows, and, without a key, the one on their first state. */
  readonly from: string;
  readonly where: string;
  readonly whereState?: string;
  /** The same rows once more, run by run, where the table is stored in the order of its leaves. */
  readonly runs?: readonly Run[];
}

/** Rows from one place of a table to before another, most of them of one leaf. Places are row identifiers (tid). */
export interface Run {
  readonly leaf: string;
  readonly from: string;
  readonly to: string;
}

/** Blocks of 8 kB that a chunk has, at the least and at the most: 8 MB and 1 GB. Between them a part has 32 chunks. */
const chunkBlocks = { least: 1_024, most: 131_072 } as const;

/** A table in chunks of physical blocks: as quick on a shuffled table as on a sorted one. The last chunk of a part is open, for rows beyond the size that was read. */
export function chunksOf(table: TableShape, leaves: Leaves): readonly Chunk[] {
  return table.parts.flatMap((part) => {
    const size = blocksOfChunk(part);
    const count = Math.max(1, Math.ceil(part.blocks / size));
    return Array.from({ length: count }, (_, index) => {
      const from = index * size;
      const low = index === 0 ? [] : [`t.ctid >= '(${from},0)'`];
      const high = index === count - 1 ? [] : [`t.ctid < '(${from + size},0)'`];
      return { table, leaves, from: `only ${part.name} t`, where: [...low, ...high].join(' and ') || 'true' };
    });
  });
}

/** How many blocks each chunk of a part has; the last has what is left. */
export function blocksOfChunk({ blocks }: TablePart): number {
  return Math.min(chunkBlocks.most, Math.max(chunkBlocks.least, Math.ceil(blocks / 32)));
}
