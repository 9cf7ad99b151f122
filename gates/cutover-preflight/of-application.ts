/** Of relation `c` in schema `n`: it is the application's, and no extension's, nobody's temporary one and not ours. */
export const ofApplication = `c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')
  and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')`;
