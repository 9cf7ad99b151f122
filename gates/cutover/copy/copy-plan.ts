import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import { readTableShapes, type TableShape } from '../../verify/table-shape.ts';
import { databaseId } from '../database-id.ts';
import { serverVersion } from '../server-version.ts';
import { formatOf } from './copy-format.ts';

/** Rows of a table that are carried in one transaction of the target. */
export interface CopyPiece {
  /** The table that they go to: whatever partition they were in, the target's own layout takes them. */
  readonly table: string;
  /** What is read: the table itself, or a leaf partition. */
  readonly part: string;
  /** pg_relation_filenode of the part: another one after it was rewritten, when blocks are no longer those that were meant. */
  readonly file: string;
  /** Blocks, from the first on and before the second; null for an open end. */
  readonly from: number | null;
  readonly to: number | null;
  /** None for a table without columns, or with generated ones only. */
  readonly columns: readonly string[];
  readonly format: 'binary' | 'text';
  /** Bytes on disk, about. */
  readonly bytes: number;
}

/** All that is to be copied, and what tells it from every other copy. */
export interface CopyPlan {
  readonly pieces: readonly CopyPiece[];
  readonly tables: readonly string[];
  /** The database, its tables and the files that they are in: as long as they are the same, pieces stay what they are. */
  readonly layout: { readonly database: string; readonly tables: unknown; readonly parts: unknown };
}

interface Part {
  readonly name: string;
  readonly file: string | null;
  readonly foreign: boolean;
  readonly heap: boolean;
  readonly blocks: number;
  readonly bytes: string;
}

const readParts = `
select p.name, pg_relation_filenode(c.oid)::text as file, c.relkind = 'f' as foreign,
  c.relkind = 'r' and c.relam = (select oid from pg_am where amname = 'heap') as heap,
  case when c.relkind = 'r' then pg_relation_size(c.oid) / current_setting('block_size')::int else 0 end::int as blocks,
  case when c.relkind = 'r' then pg_table_size(c.oid) else 0 end::text as bytes
from unnest($1::text[]) p (name) join pg_class c on c.oid = p.name::regclass`;
const readGenerated = `
select t.name, coalesce(array_agg(a.attname::text) filter (where a.attname is not null), '{}') as generated
from unnest($1::text[]) t (name) left join pg_attribute a
  on a.attrelid = t.name::regclass and a.attnum > 0 and a.attgenerated <> '' and not a.attisdropped
group by 1`;
/** A block's address as an offset into a table is read directly from this version on; before, each range reads the whole table. */
const rangeScansFrom = 140_000;

/** Bytes of a piece, at the least and at the most: 8 MB and 256 MB. Between them a part has 64 pieces. */
const pieceBytes = { least: 8_388_608, most: 268_435_456, of: 64 } as const;

/**
 * Divides every table of a frozen source into ranges of physical blocks. Key ranges would be 2 to 6 times slower on a table that is
 * not sorted by its key, and a table without a key has none; while nothing is written, rows stay in their blocks, unless the
 * table is rewritten, which its file's number tells.
 * @throws GateError COPY_NOT_POSSIBLE for a partition on another server.
 */
export async function planCopy(source: ClientBase, targetVersion: number): Promise<CopyPlan> {
  const shapes = await readTableShapes(source);
  const parts = await partsOf(source, shapes);
  const generated = await generatedOf(source, shapes);
  const version = await serverVersion(source);
  const columnsOf = ({ name, columns }: TableShape) =>
    columns.filter((column) => !generated.get(name)?.includes(column.name));
  const pieces = shapes.flatMap((shape) => {
    const columns = columnsOf(shape);
    const format = formatOf(columns, version, targetVersion);
    return shape.parts.flatMap(({ name }) => {
      const part = parts.get(name);
      if (part === undefined) throw new Error(`${name} is not there any more; needed it as a part of ${shape.name}`);
      const of = {
        table: shape.name,
        part: name,
        file: part.file ?? '',
        columns: columns.map((each) => each.name),
        format,
      };
      return rangesOf(part, version >= rangeScansFrom).map((range) => ({ ...of, ...range }));
    });
  });
  const layout = {
    database: await databaseId(source),
    tables: shapes.map((shape) => [shape.name, columnsOf(shape).map(({ name, type }) => [name, type])]),
    parts: [...parts.values()].map(({ name, file }) => [name, file]).sort(),
  };
  // The large ones first, so that no worker begins one when the others have ended.
  return { pieces: pieces.sort((a, b) => b.bytes - a.bytes), tables: shapes.map(({ name }) => name), layout };
}

async function partsOf(client: ClientBase, shapes: readonly TableShape[]): Promise<ReadonlyMap<string, Part>> {
  const names = shapes.flatMap(({ parts }) => parts.map(({ name }) => name));
  const { rows } = await client.query<Part>(readParts, [names]);
  const foreign = rows.find((part) => part.foreign);
  if (foreign !== undefined) {
    const needed = 'partitions in the source itself';
    throw gateError('COPY_NOT_POSSIBLE', foreign.name, 'a partition on another server', needed);
  }
  return new Map(rows.map((part) => [part.name, part]));
}

async function generatedOf(client: ClientBase, shapes: readonly TableShape[]) {
  const names = shapes.map(({ name }) => name);
  const { rows } = await client.query<{ name: string; generated: readonly string[] }>(readGenerated, [names]);
  return new Map(rows.map(({ name, generated }) => [name, generated]));
}

/** The last range is open, for what was appended before the freeze and after the size was read. */
function rangesOf({ heap, blocks, bytes }: Part, ranges: boolean): readonly Pick<CopyPiece, 'from' | 'to' | 'bytes'>[] {
  const all = Number(bytes);
  if (!heap || !ranges || blocks === 0) return [{ from: null, to: null, bytes: all }];
  // Of the table's whole size, values that are kept outside of its blocks included.
  const wanted = Math.min(pieceBytes.most, Math.max(pieceBytes.least, all / pieceBytes.of));
  const size = Math.max(1, Math.ceil((blocks * wanted) / all));
  const count = Math.ceil(blocks / size);
  return Array.from({ length: count }, (_, index) => ({
    from: index === 0 ? null : index * size,
    to: index === count - 1 ? null : (index + 1) * size,
    bytes: Math.round(all / count),
  }));
}
