import pg, { type ClientBase } from 'pg';

/** What holds rows here. A foreign table's rows are somebody else's: it is not in it, not even as a partition. */
const readTables = `
select format('%I.%I', n.nspname, c.relname) as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'sallyport')
  and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
order by 1`;
const withoutTriggers = `set session_replication_role = replica`;
const withTriggers = `set session_replication_role = origin`;
/** Tables that one statement empties or looks at. */
const atOnce = 100;

/** What came of emptying: how many tables there are, and those that still have rows. */
export interface Emptied {
  readonly tables: number;
  readonly left: readonly string[];
}

/**
 * Empties every table, the migration tool's history too: all rows come from the source. Needs `deferSlow` before it, as no
 * foreign key may be left. Triggers do not fire where the session may say so; then it looks whether rows are left.
 */
export async function emptyTables(client: ClientBase): Promise<Emptied> {
  const names = (await client.query<{ name: string }>(readTables)).rows.map((row) => row.name);
  const quiet = await silenced(client);
  const left: string[] = [];
  for (const some of chunksOf(names)) {
    await client.query(`truncate ${some.map((name) => `only ${name}`).join(', ')}`);
  }
  if (quiet) await client.query(withTriggers);
  for (const some of chunksOf(names)) {
    const looks = some.map(
      (name) => `select ${client.escapeLiteral(name)} as name where exists (select from only ${name})`,
    );
    left.push(...(await client.query<{ name: string }>(looks.join(' union all '))).rows.map((row) => row.name));
  }
  return { tables: names.length, left };
}

async function silenced(client: ClientBase): Promise<boolean> {
  try {
    await client.query(withoutTriggers);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '42501') return false;
    throw error;
  }
}

function chunksOf(names: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(names.length / atOnce) }, (_, index) =>
    names.slice(index * atOnce, (index + 1) * atOnce),
  );
}
