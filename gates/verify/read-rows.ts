import type { ClientBase } from 'pg';
import { encodingOf } from './encoding.ts';
import { keyColumns } from './leaves.ts';
import type { LocateOptions } from './locate.ts';
import { rowDigest } from './row-digest.ts';
import type { TableShape } from './table-shape.ts';
import type { Within } from './within.ts';

/** A row that the two sides do not have alike. */
export interface DifferentRow {
  readonly kind: 'missing' | 'not expected' | 'changed';
  /** The key's columns and values, as text; empty for a row of a table without a key. */
  readonly key: Readonly<Record<string, string>>;
  /** For a row without a key: its digest, and how many more of it one side has. */
  readonly copies?: { readonly digest: string; readonly count: number };
  /** The columns in which a changed row differs. */
  readonly columns: readonly string[];
  /** Column → its value on both sides, cut to 200 characters; only where values were asked for. */
  readonly values?: Readonly<Record<string, { readonly source: string | null; readonly target: string | null }>>;
}

interface Row {
  readonly key: readonly string[];
  readonly digest: string;
  readonly copies: number;
}

interface Columns {
  readonly key: readonly string[];
  readonly digests: readonly (string | null)[];
  readonly values: readonly (string | null)[];
}

type Sides = { readonly source: ClientBase; readonly target: ClientBase };

const shownCharacters = 200;

/** Reads some rows on both sides, the same of each, and says which are not alike. */
export async function differentRows(
  sides: Sides,
  [here, there]: readonly [Within, Within],
  { limit, values }: LocateOptions,
): Promise<readonly DifferentRow[]> {
  const source = here.chunk.table;
  const [left, right] = await Promise.all([readRows(sides.source, here), readRows(sides.target, there)]);
  const found: DifferentRow[] = [];
  const changed: string[] = [];
  for (const id of new Set([...left.keys(), ...right.keys()])) {
    const [one, other] = [left.get(id), right.get(id)];
    if (one?.digest === other?.digest && one?.copies === other?.copies) continue;
    if (one !== undefined && other !== undefined && source.key.length > 0) changed.push(id);
    else found.push(oneSided(source, one, other));
  }
  const asked = changed.slice(0, Math.max(0, limit + 1 - found.length));
  if (asked.length === 0) return found;
  const [was, is] = await Promise.all([
    readColumns(sides.source, here, asked),
    readColumns(sides.target, there, asked),
  ]);
  return [...found, ...asked.map((id) => changedRow(source, was.get(id), is.get(id), values))];
}

function oneSided(table: TableShape, source: Row | undefined, target: Row | undefined): DifferentRow {
  const count = (source?.copies ?? 0) - (target?.copies ?? 0);
  const row = source ?? target;
  const copies = table.key.length > 0 ? {} : { copies: { digest: row?.digest ?? '', count: Math.abs(count) } };
  return { kind: count > 0 ? 'missing' : 'not expected', key: named(table, row?.key ?? []), columns: [], ...copies };
}

function changedRow(table: TableShape, source: Columns | undefined, target: Columns | undefined, values: boolean) {
  const different = table.columns
    .map(({ name }, index) => ({ name, index }))
    .filter(({ index }) => source?.digests[index] !== target?.digests[index]);
  const shown = different.map(({ name, index }) => [
    name,
    { source: source?.values[index] ?? null, target: target?.values[index] ?? null },
  ]);
  return {
    kind: 'changed' as const,
    key: named(table, source?.key ?? []),
    columns: different.map(({ name }) => name),
    ...(values && { values: Object.fromEntries(shown) }),
  };
}

function named(table: TableShape, key: readonly string[]): Record<string, string> {
  return Object.fromEntries(keyColumns(table).map(({ name }, index) => [name, key[index] ?? '']));
}

/** Rows by their key; those without a key by their digest. */
async function readRows(client: ClientBase, { chunk, values }: Within): Promise<ReadonlyMap<string, Row>> {
  const { converted, states } = rowDigest(chunk.table.columns);
  const inner = [`${keyOf(chunk.table)} as key`, converted].filter((part) => part !== '').join(', ');
  const { rows } = await client.query<{ key: string[]; first: string; second: string; copies: number }>(
    `select key, first::text, second::text, count(*)::int as copies from (
      select key, ${states[0]} as first, ${states[1]} as second
      from (select ${inner} from ${chunk.from} where ${chunk.where} offset 0) c offset 0) r
    where ${chunk.whereState ?? 'true'} group by 1, r.first, r.second`,
    [...values],
  );
  return new Map(
    rows.map(({ key, first, second, copies }) => {
      const digest = [first, second]
        .map((state) => BigInt.asUintN(64, BigInt(state)).toString(16).padStart(16, '0'))
        .join('');
      return [key.length > 0 ? JSON.stringify(key) : digest, { key, digest, copies }];
    }),
  );
}

/** Every column of the rows with these keys: the digest of its text, and the text's beginning. */
async function readColumns(client: ClientBase, { chunk, values }: Within, ids: readonly string[]) {
  const encodings = chunk.table.columns.map(encodingOf);
  const key = keyOf(chunk.table);
  const { rows } = await client.query<Columns>(
    `select ${key} as key, array[${encodings.map(({ shown }) => `md5(${shown})`).join(', ')}]::text[] as digests,
      array[${encodings.map(({ shown }) => `left(${shown}, ${shownCharacters})`).join(', ')}]::text[] as values
    from ${chunk.from} where ${chunk.where} and ${key} = any (
      select array(select jsonb_array_elements_text(a.asked)) from jsonb_array_elements($${values.length + 1}::jsonb) a (asked))`,
    [...values, `[${ids.join(',')}]`],
  );
  return new Map(rows.map((row) => [JSON.stringify(row.key), row]));
}

/** SQL of a row's key: an array of texts. */
function keyOf(table: TableShape): string {
  return `array[${keyColumns(table)
    .map((column) => encodingOf(column).shown)
    .join(', ')}]::text[]`;
}
