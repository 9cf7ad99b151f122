import pg, { type ClientBase } from 'pg';

/** In the order in which they were made: one that reads another comes after it. */
const readViews = `
select n.nspname::text as schema, c.relname::text as name, c.relispopulated as filled
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'm' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')
order by c.oid`;

interface View {
  readonly schema: string;
  readonly name: string;
  readonly filled: boolean;
}

/** Fills the materialized views of one database that are filled in the other: replication does not carry them. */
export async function refreshViews(from: ClientBase, to: ClientBase, boundSeconds: number): Promise<number> {
  const nameOf = ({ schema, name }: View) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
  const filled = new Set((await from.query<View>(readViews)).rows.filter((view) => view.filled).map(nameOf));
  const views = (await to.query<View>(readViews)).rows.map(nameOf).filter((view) => filled.has(view));
  for (const view of views) {
    await to.query('begin read write');
    try {
      await to.query(`set local statement_timeout = '${boundSeconds}s'`);
      await to.query(`refresh materialized view ${view}`);
      await to.query('commit');
    } catch (error) {
      await to.query('rollback');
      throw error;
    }
  }
  return views.length;
}
