import { blocker, type Finding } from '../../kernel/verdict.ts';
import { compareTables, rowLine } from '../compare-tables.ts';
import { digestChunk } from '../digest-table.ts';
import type { Leaves } from '../leaves.ts';
import type { LocateOptions, Location } from '../locate.ts';
import { type DifferentRow, differentRows } from '../read-rows.ts';
import { readBothShapes } from '../same-shapes.ts';
import type { Snapshot } from '../snapshot.ts';
import type { TableShape } from '../table-shape.ts';
import { batchesOf } from './settled-digest.ts';
import type { Touched, TouchedTable } from './touched-keys.ts';
import { touchedRows } from './touched-rows.ts';

/** How touched rows are compared. */
export interface CompareTouchedOptions extends LocateOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What the comparison of touched rows came to. */
export interface TouchedComparison {
  readonly findings: readonly Finding[];
  /** Table → where its rows differ. */
  readonly differences: ReadonlyMap<string, Location>;
  /** Table → keys that were compared, or `all` where it was compared whole. */
  readonly compared: ReadonlyMap<string, number | 'all'>;
}

type Keys = Extract<TouchedTable, { kind: 'keys' }>;
type Pair = { readonly source: Snapshot['sessions'][number]; readonly target: Snapshot['sessions'][number] };
type Tables = readonly [source: TableShape, target: TableShape];
type Batch = { readonly tables: Tables; readonly columns: readonly string[]; readonly keys: readonly string[] };

/** Keys that are looked up in one statement. */
const batch = 5_000;
/** One sum over all rows: which of them differ is asked only when it does. */
const together: Leaves = { kind: 'content', bits: 0 };
/** Rows are looked up by their keys, however large the table; compiling such a query takes longer than running it. */
const lookUp = `set local jit = off; set local random_page_cost = 1; set local enable_mergejoin = off; set local enable_hashjoin = off`;

/**
 * Compares the rows that were touched, on both sides as they are at the two snapshots: of frozen writes, that is, and of a
 * target that has applied all. A row that is on neither side is alike. Takes time by the number of keys, not of rows.
 */
export async function compareTouched(
  source: Snapshot,
  target: Snapshot,
  touched: Touched,
  { limit, values, signal }: CompareTouchedOptions,
): Promise<TouchedComparison> {
  const shapes = await readBothShapes(source, target);
  const gone = [...touched.tables.keys()].filter((name) => !shapes.source.some((table) => table.name === name));
  const unlike = [
    ...shapes.findings,
    ...gone.map((name) => blocker('TABLE_SHAPE', name, 'no such table on the source', 'the table that was touched')),
  ];
  if (unlike.length > 0) return { findings: unlike, differences: new Map(), compared: new Map() };
  const isWhole = ({ name }: TableShape) => touched.tables.get(name)?.kind === 'all';
  const whole = await compareTables(source, target, [shapes.source.filter(isWhole), shapes.target.filter(isWhole)], {
    ...{ limit, values, signal },
  });
  const byKey = shapes.source.flatMap((table) => {
    const of = touched.tables.get(table.name);
    const other = shapes.target.find(({ name }) => name === table.name);
    return of?.kind === 'keys' && other !== undefined ? [{ tables: [table, other] as const, of }] : [];
  });
  const rows = await compareKeys(source, target, byKey, { limit, values, signal });
  const differences = new Map([...whole.differences, ...rows]);
  const counted = [...touched.tables].map(([name, of]) => [name, of.kind === 'all' ? of.kind : of.keys.size] as const);
  return {
    findings: [
      ...whole.findings,
      ...byKey.flatMap(({ tables: [table], of }) => touchedDiffers(table, of, rows.get(table.name))),
    ],
    differences,
    compared: new Map(counted),
  };
}

/** Table → its rows that differ; on as many pairs of sessions as there are. */
async function compareKeys(
  source: Snapshot,
  target: Snapshot,
  tables: readonly { readonly tables: Tables; readonly of: Keys }[],
  options: CompareTouchedOptions,
): Promise<ReadonlyMap<string, Location>> {
  for (const client of [...source.sessions, ...target.sessions]) await client.query(lookUp);
  const pairs = source.sessions.flatMap((client, index) => {
    const other = target.sessions[index];
    return other === undefined ? [] : [{ source: client, target: other }];
  });
  const batches: readonly Batch[] = tables.flatMap(({ tables: both, of: { columns, keys } }) =>
    batchesOf([...keys], batch).map((some) => ({ tables: both, columns, keys: some })),
  );
  const different = batches.map((): readonly DifferentRow[] => []);
  const differentOf = ([{ name }]: Tables) =>
    different.filter((_, index) => batches[index]?.tables[0].name === name).flat();
  const waiting = [...batches.entries()].reverse();
  const work = async (pair: Pair) => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      options.signal?.throwIfAborted();
      const [index, some] = next;
      if (differentOf(some.tables).length > options.limit) continue; // it is said that there are more
      different[index] = await compareBatch(pair, some, options);
    }
  };
  const ended = await Promise.allSettled(pairs.map(work));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  if (waiting.length > 0) throw new Error('keys that no session compared');
  return new Map(
    tables.flatMap(({ tables: both }) => {
      const rows = differentOf(both);
      const location = { rows: rows.slice(0, options.limit), complete: rows.length <= options.limit };
      return rows.length === 0 ? [] : [[both[0].name, location] as const];
    }),
  );
}

async function compareBatch({ source, target }: Pair, { tables, columns, keys }: Batch, options: LocateOptions) {
  // A key that equals a row's finds it as well, on both sides the same ones.
  const rowsOf = (table: TableShape) => touchedRows(table, columns, keys, together, { exact: false });
  const [here, there] = [rowsOf(tables[0]), rowsOf(tables[1])];
  const [one, other] = await Promise.all([
    digestChunk(source, here.chunk, here.values),
    digestChunk(target, there.chunk, there.values),
  ]);
  const [left, right] = [one.get(0n), other.get(0n)];
  if (left?.rows === right?.rows && left?.first === right?.first && left?.second === right?.second) return [];
  const different = await differentRows({ source, target }, [here, there], options);
  if (different.length === 0) throw new Error(`table ${tables[0].name}: rows that differ together, and none that does`);
  return different;
}

function touchedDiffers(table: TableShape, { keys }: Keys, location: Location | undefined): readonly Finding[] {
  if (location === undefined) return [];
  const { rows, complete } = location;
  const located = `${complete ? '' : 'at least '}${rows.length} different: ${rows.slice(0, 5).map(rowLine).join('; ')}`;
  return [blocker('CONTENT_DIFFERS', table.name, `${keys.size} touched rows, ${located}`, 'the rows of the source')];
}
