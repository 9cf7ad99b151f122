import { type ClientBase, escapeIdentifier } from 'pg';

/** A publication as it is on the source. */
export interface Publication {
  readonly name: string;
  /** `schema.table`, quoted where it must be; sorted. */
  readonly tables: readonly string[];
  /** Partitioned tables as themselves, and every kind of change. */
  readonly whole: boolean;
}

const readAll = `
select p.pubname::text as name, p.pubviaroot and p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate and not p.puballtables as whole,
  coalesce((select json_agg(format('%I.%I', n.nspname, c.relname) order by format('%I.%I', n.nspname, c.relname) collate "C")
    from pg_publication_rel r join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
    where r.prpubid = p.oid), '[]') as tables
from pg_publication p where p.pubname = $1 or left(p.pubname, length($1) + 1) = $1 || '#' order by 1`;

/**
 * The name of the publication of one table alone, beside the one of all tables. The subscription is given these a few at a
 * time: that is how many tables are copied at once, and how copying waits when the source keeps back too much. They are all
 * made before the slot: a table that is added to a publication later can lose rows of transactions that are open then
 * (before the minor releases of May 2025).
 */
export function tablePublication(publication: string, index: number): string {
  return `${publication}#${index + 1}`;
}

/** The publication of this name and those of its single tables. */
export async function readPublications(source: ClientBase, publication: string): Promise<readonly Publication[]> {
  return (await source.query<Publication>(readAll, [publication])).rows;
}

/** Makes the publication of all tables and those of each, in one transaction: all of them are there, or none. */
export async function createPublications(
  source: ClientBase,
  publication: string,
  tables: readonly string[],
): Promise<void> {
  await source.query('begin');
  try {
    await source.query(creation(publication, tables));
    for (const [index, table] of tables.entries()) {
      await source.query(creation(tablePublication(publication, index), [table]));
    }
    await source.query('commit');
  } catch (error) {
    await source.query('rollback');
    throw error;
  }
}

/** Drops them; idempotent. */
export async function dropPublications(source: ClientBase, publication: string): Promise<void> {
  for (const { name } of await readPublications(source, publication)) {
    await source.query(`drop publication if exists ${escapeIdentifier(name)}`);
  }
}

/** Whether the publications are those of exactly these tables, in this order. */
export function publishes(found: readonly Publication[], publication: string, tables: readonly string[]): boolean {
  const byName = new Map(found.map((each) => [each.name, each]));
  const is = (name: string, wanted: readonly string[]) => {
    const each = byName.get(name);
    return each?.whole === true && each.tables.join() === [...wanted].sort(byCode).join();
  };
  return (
    found.length === tables.length + 1 &&
    is(publication, tables) &&
    tables.every((table, index) => is(tablePublication(publication, index), [table]))
  );
}

/** As collation "C" sorts names: by the bytes of UTF-8. */
function byCode(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Names of tables come quoted from the server. `only`: tables that inherit from one another stand for themselves. */
function creation(name: string, tables: readonly string[]): string {
  const listed = tables.length === 0 ? '' : `for table ${tables.map((table) => `only ${table}`).join(', ')}`;
  return `create publication ${escapeIdentifier(name)} ${listed} with (publish_via_partition_root = true)`;
}
