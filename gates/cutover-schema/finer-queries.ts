import { optionsOf } from './foreign-options.ts';

/**
 * What gates/catalog does not say of an object that it has: each gives `name`, as the catalog names it, and `definition`,
 * where there is something to say. The catalog itself stays as it is: what it said is on record in ledgers, and would
 * differ from then on.
 */
const foreignTables = `
select f.ftrelid::regclass::text as name, concat_ws(' ', 'server ' || quote_ident(s.srvname), ${optionsOf('f.ftoptions')}) as definition
from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver`;

const foreignColumns = `
select a.attrelid::regclass::text || '.' || quote_ident(a.attname) as name, ${optionsOf('a.attfdwoptions')} as definition
from pg_attribute a where a.attnum > 0 and not a.attisdropped and a.attfdwoptions is not null`;

// Rows travel as text: a composite's attributes in another order would be taken for each other.
const types = `
select format('%I.%I', n.nspname, t.typname) as name, case t.typtype
  when 'd' then (select 'collate ' || t.typcollation::regcollation::text from pg_type b
    where b.oid = t.typbasetype and b.typcollation <> t.typcollation)
  when 'c' then (select 'in the order ' || string_agg(quote_ident(a.attname) ||
      case when a.attcollation <> b.typcollation then ' collate ' || a.attcollation::regcollation::text else '' end, ', ' order by a.attnum)
    from pg_attribute a join pg_type b on b.oid = a.atttypid where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)
  when 'r' then (select concat_ws(' ', 'ordered by', (pg_identify_object('pg_opclass'::regclass, g.rngsubopc, 0)).identity,
      case when g.rngcollation <> b.typcollation then 'collate ' || g.rngcollation::regcollation::text end,
      'canonical ' || nullif(g.rngcanonical::text, '-'), 'difference ' || nullif(g.rngsubdiff::text, '-'))
    from pg_range g join pg_type b on b.oid = g.rngsubtype where g.rngtypid = t.oid)
  end as definition
from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.oid >= 16384`;

const aggregates = `
select format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as name,
  concat_ws(' ', 'kind ' || g.aggkind::text, 'direct ' || g.aggnumdirectargs, 'returns ' || format_type(p.prorettype, null),
    'combine ' || g.aggcombinefn::text, 'serial ' || g.aggserialfn::text, 'deserial ' || g.aggdeserialfn::text,
    'moving ' || concat_ws(' ', g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn, format_type(nullif(g.aggmtranstype, 0), null), g.aggminitval),
    'extra ' || concat_ws(' ', g.aggfinalextra, g.aggmfinalextra, g.aggfinalmodify, g.aggmfinalmodify),
    'sort ' || nullif(g.aggsortop, 0)::regoperator::text, 'parallel ' || p.proparallel::text, array_to_string(p.proconfig, ', ')) as definition
from pg_aggregate g join pg_proc p on p.oid = g.aggfnoid join pg_namespace n on n.oid = p.pronamespace where p.oid >= 16384`;

const rules = `
select format('%I on %s', w.rulename, w.ev_class::regclass) as name, 'fires ' || w.ev_enabled::text as definition
from pg_rewrite w where w.rulename <> '_RETURN' and w.ev_enabled <> 'O'`;

const statistics = `
select format('%I.%I', n.nspname, s.stxname) as name, 'owner ' || pg_get_userbyid(s.stxowner) as definition
from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace`;

const eventTriggers = `
select t.evtname as name, 'owner ' || pg_get_userbyid(t.evtowner) as definition from pg_event_trigger t`;

/** Kind of object, as gates/catalog calls it → what is said of it beside. */
export const finerQueries = {
  table: foreignTables,
  column: foreignColumns,
  type: types,
  function: aggregates,
  rule: rules,
  statistics,
  'event trigger': eventTriggers,
} as const;

/** Functions that came with a type, as the catalog names them: from 14 on a range brings more of them than before. */
export const functionsOfTypes = `
select format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as name
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i'
  and d.refclassid = 'pg_type'::regclass)`;
