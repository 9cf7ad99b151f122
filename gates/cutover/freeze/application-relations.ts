/**
 * Everything that the application can write to by name: tables, partitions, views (a write through one is made with the
 * rights of its owner), foreign tables and sequences. Two columns, to be used as a common table expression.
 */
export const applicationRelations = `
select c.oid, c.relkind
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'f', 'S') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')`;
