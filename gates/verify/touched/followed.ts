import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import { readTableShapes, type TableShape } from '../table-shape.ts';
import type { Feed } from './feed.ts';

/** Table → what holds its rows: oid → file. */
export type TableFiles = Feed['files'];

/** What of a database a feed can tell. */
export interface Followed {
  readonly tables: ReadonlyMap<string, TableShape>;
  /** Oid of a table or partition → the name of the table it belongs to, verified or not. */
  readonly relations: ReadonlyMap<string, string>;
  readonly files: TableFiles;
  /** The files when the feed was opened; none while it is. */
  readonly opened: TableFiles;
  /** Tables of whose changes the feed does not tell, or not all, with the reason. */
  readonly unfollowed: ReadonlyMap<string, string>;
}

interface Publication {
  readonly whole: boolean;
  readonly viaRoot: boolean;
  /** Table or partition → its row filter, or nothing. */
  readonly tables: Readonly<Record<string, string>>;
}

const readPublication = `
select p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate as whole, p.pubviaroot as "viaRoot",
  (select coalesce(json_object_agg(format('%I.%I', t.schemaname, t.tablename), coalesce(to_jsonb(t) ->> 'rowfilter', '')), '{}')
    from pg_catalog.pg_publication_tables t where t.pubname = p.pubname) as tables
from pg_catalog.pg_publication p where p.pubname = $1`;
const readRelations = `
select c.oid::text as oid, format('%I.%I', n.nspname, r.relname) as name, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::text as file
from pg_catalog.pg_class c join pg_catalog.pg_class r on r.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
join pg_catalog.pg_namespace n on n.oid = r.relnamespace
where c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't'`;

/**
 * Reads what a feed of this publication can tell, against how the tables were when it was opened.
 * @throws GateError FEED_REFUSED when there is no such publication, or not of every kind of change.
 */
export async function readFollowed(
  client: ClientBase,
  { publication, files: opened }: { readonly publication: string; readonly files?: TableFiles },
): Promise<Followed> {
  const found = (await client.query<Publication>(readPublication, [publication])).rows[0];
  if (found?.whole !== true) {
    const is = found === undefined ? 'no such publication' : 'one that leaves kinds of changes out';
    throw gateError('FEED_REFUSED', publication, is, 'a publication of insert, update, delete and truncate');
  }
  const { rows } = await client.query<{ oid: string; name: string; file: string }>(readRelations);
  const fileOf = new Map(rows.map(({ oid, file }) => [oid, file]));
  const shapes = await readTableShapes(client);
  const files = Object.fromEntries(
    shapes.map(({ name, parts }) => [name, Object.fromEntries(parts.map(({ oid }) => [oid, fileOf.get(oid) ?? '']))]),
  );
  const unfollowed = shapes.flatMap((table) => {
    const why = whyNot(table, found) ?? (opened && whyChanged(table, found, files[table.name], opened[table.name]));
    return why === undefined ? [] : [[table.name, why] as const];
  });
  const gone = Object.keys(opened ?? {}).filter((name) => !(name in files));
  return {
    tables: new Map(shapes.map((table) => [table.name, table])),
    relations: new Map(rows.map(({ oid, name }) => [oid, name])),
    files,
    opened: opened ?? {},
    unfollowed: new Map([...unfollowed, ...gone.map((name) => [name, 'the table is gone'] as const)]),
  };
}

function whyNot({ name, parts }: TableShape, { tables }: Publication): string | undefined {
  const published = name in tables ? [name] : parts.map((part) => part.name);
  if (!published.every((each) => each in tables)) return 'it is not in the publication';
  return published.some((each) => tables[each] !== '') ? 'the publication has a row filter on it' : undefined;
}

function whyChanged(
  { name, parts }: TableShape,
  { viaRoot }: Publication,
  files: Readonly<Record<string, string>> = {},
  opened: Readonly<Record<string, string>> | undefined,
): string | undefined {
  if (opened === undefined) return 'it was made after the feed was opened';
  const oids = (of: Readonly<Record<string, string>>) => Object.keys(of).sort().join();
  if (oids(files) !== oids(opened)) return 'it has other partitions than when the feed was opened';
  // A partition that is truncated by itself is not told of where changes are published as those of its root.
  const hidden = viaRoot && parts.some((part) => part.name !== name);
  return hidden && Object.entries(files).some(([oid, file]) => opened[oid] !== file)
    ? 'a partition was truncated or written anew'
    : undefined;
}
