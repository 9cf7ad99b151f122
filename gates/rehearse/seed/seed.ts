import pg, { type ClientBase, escapeIdentifier as id } from 'pg';
import { type SeedTable, seedTables } from './tables.ts';
import { literalsOf, valuesFor } from './values.ts';

/** A table that has no row after all. */
export interface NotSeeded {
  readonly table: string;
  readonly reason: string;
}

type Row = Record<string, string | null>;
/** The three rows of a table: all values there; the same ones again; nothing where nothing may be. */
const rowKinds = ['full', 'duplicate', 'nulls'] as const;
type RowKind = (typeof rowKinds)[number];
const triesPerRow = 150;

/**
 * Puts rows into every table: long text, the same values twice, and NULLs, as far as the table's constraints allow.
 * What fails on some row in production then fails here.
 */
export async function seed(
  client: ClientBase,
  withoutSchemas: readonly string[],
  withoutRelations: readonly string[],
): Promise<readonly NotSeeded[]> {
  const notSeeded: NotSeeded[] = [];
  let n = 900;
  await client.query('begin');
  for (const table of await seedTables(client, withoutSchemas, withoutRelations)) {
    let reason = '';
    for (const kind of rowKinds) {
      n += 10;
      reason = (await insertRow(client, table, kind, n)) ?? reason;
    }
    const { rowCount } = await client.query(`select from ${table.name} limit 1`);
    if (rowCount === 0) notSeeded.push({ table: table.label, reason: reason || 'no row was kept' });
  }
  await client.query('commit');
  return notSeeded;
}

/** Tries until a row is taken; each refusal tells what to change. Why it was not, when none is. */
async function insertRow(client: ClientBase, table: SeedTable, kind: RowKind, n: number): Promise<string | undefined> {
  const candidates = await candidatesOf(client, table, kind, n);
  const choice = new Map<string, number>();
  let last = '';
  for (let attempt = 0; attempt < triesPerRow; attempt += 1) {
    const row: Row = Object.fromEntries(
      [...candidates].map(([column, values]) => [column, values[(choice.get(column) ?? 0) % values.length] ?? null]),
    );
    const refusal = await tryInsert(client, table, row);
    if (refusal === undefined) return undefined;
    last = refusal.message;
    const columns = columnsToChange(table, refusal, candidates);
    if (columns.length === 0 || !advance(choice, columns, candidates)) return last;
  }
  return last;
}

async function candidatesOf(client: ClientBase, table: SeedTable, kind: RowKind, n: number) {
  const candidates = new Map<string, (string | null)[]>();
  const base = kind === 'duplicate' ? n - 10 : n; // as the row before it, where the table allows that
  for (const column of table.columns) {
    if (column.hasDefault && /nextval/.test(column.type)) continue;
    const literals = table.checks
      .filter(({ columns }) => columns.includes(column.name))
      .flatMap(({ text }) => literalsOf(text));
    const wished = valuesFor(column, base, literals);
    const distinct = kind === 'duplicate' ? valuesFor(column, n, literals).slice(0, 1) : [];
    const values: (string | null)[] = [...wished, ...distinct];
    if (column.nullable) kind === 'nulls' ? values.unshift(null) : values.push(null);
    candidates.set(column.name, values);
  }
  for (const { columns, table: target, target: keys } of table.references) {
    const { rows } = await client.query<Row>({
      text: `select ${keys.map((key) => `${id(key)}::text`).join(', ')} from ${target} limit 50`,
      rowMode: 'array',
    } as never);
    columns.forEach((column, at) => {
      const nullable = table.columns.find(({ name }) => name === column)?.nullable;
      const values = (rows as unknown as (string | null)[][]).map((row) => row[at] ?? null);
      candidates.set(
        column,
        kind === 'nulls' && nullable ? [null, ...values] : [...values, ...(nullable ? [null] : [])],
      );
    });
  }
  for (const [column, values] of candidates) if (values.length === 0) candidates.set(column, [null]);
  return candidates;
}

async function tryInsert(client: ClientBase, table: SeedTable, row: Row): Promise<pg.DatabaseError | undefined> {
  const names = Object.keys(row);
  const columns = names.map((name) => table.columns.find((column) => column.name === name));
  // As a literal, not as a parameter: a text parameter would need a cast that the type may not have.
  const values = names.map((name, at) => {
    const value = row[name] ?? null;
    return value === null ? 'null' : `${pg.escapeLiteral(value)}::${columns[at]?.type ?? 'text'}`;
  });
  const insert =
    names.length === 0
      ? `insert into ${table.name} default values`
      : `insert into ${table.name} (${names.map(id).join(', ')}) values (${values.join(', ')})`;
  await client.query('savepoint seed');
  try {
    await client.query(insert);
    await client.query('release savepoint seed');
    return undefined;
  } catch (error) {
    await client.query('rollback to savepoint seed');
    if (error instanceof pg.DatabaseError) return error;
    throw error;
  }
}

/** The columns that a refusal speaks of; all of them where it does not say. */
function columnsToChange(
  table: SeedTable,
  error: pg.DatabaseError,
  candidates: ReadonlyMap<string, unknown[]>,
): string[] {
  const known = (names: readonly string[]) => names.filter((name) => candidates.has(name));
  if (error.code === '23514') {
    const check = table.checks.find(({ name }) => name === error.constraint);
    return known(check?.columns ?? [...candidates.keys()]);
  }
  if (error.code === '23505') {
    const named = /Key \((.+?)\)=/
      .exec(error.detail ?? '')?.[1]
      ?.split(', ')
      .map((name) => name.replaceAll('"', ''));
    return known(named ?? [])
      .slice(0, 1)
      .concat(known(named ?? []).slice(1));
  }
  if (error.column !== undefined) return known([error.column]);
  return [...candidates.keys()];
}

/** The next combination of these columns' values, as an odometer counts; false when all have been tried. */
function advance(
  choice: Map<string, number>,
  columns: readonly string[],
  candidates: ReadonlyMap<string, unknown[]>,
): boolean {
  for (const column of columns) {
    const next = (choice.get(column) ?? 0) + 1;
    if (next < (candidates.get(column)?.length ?? 0)) {
      choice.set(column, next);
      return true;
    }
    choice.set(column, 0);
  }
  return false;
}
