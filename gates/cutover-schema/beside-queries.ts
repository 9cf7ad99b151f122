import { optionsOf } from './foreign-options.ts';

/**
 * One query for each kind of object that gates/catalog does not have, giving `name` and `definition`; they run with an empty
 * search_path, and $1 are schemas left out. Only what a user made: majors differ in what PostgreSQL brings itself.
 */
const inSchema = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all($1::text[])`;
/** A $1 that the query has no use for still needs a type. */
const ofDatabase = `$1::text[] is not null`;
const made = (catalog: string, alias: string) => `${alias}.oid >= 16384 and not exists (
  select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${alias}.oid and e.deptype = 'e')`;
const owner = (column: string) => `'owner ' || pg_get_userbyid(${column})`;
const identity = (catalog: string, oid: string) => `(pg_identify_object('${catalog}'::regclass, ${oid}, 0)).identity`;

const configurations = `
select format('%I.%I', n.nspname, c.cfgname) as name, concat_ws(', ', 'parser ' || ${identity('pg_ts_parser', 'c.cfgparser')},
  (select string_agg(t.alias || ' with ' || m.dictionaries, ', ' order by t.alias)
   from ts_token_type(c.cfgparser) t join (
     select maptokentype, string_agg(mapdict::regdictionary::text, ' then ' order by mapseqno) as dictionaries
     from pg_ts_config_map where mapcfg = c.oid group by maptokentype) m on m.maptokentype = t.tokid),
  ${owner('c.cfgowner')}) as definition
from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace where ${inSchema} and ${made('pg_ts_config', 'c')}`;

const dictionaries = `
select format('%I.%I', n.nspname, d.dictname) as name, concat_ws(', ', 'template ' || ${identity('pg_ts_template', 'd.dicttemplate')},
  d.dictinitoption, ${owner('d.dictowner')}) as definition
from pg_ts_dict d join pg_namespace n on n.oid = d.dictnamespace where ${inSchema} and ${made('pg_ts_dict', 'd')}`;

const parsers = `
select format('%I.%I', n.nspname, p.prsname) as name,
  concat_ws(' ', p.prsstart, p.prstoken, p.prsend, p.prsheadline, p.prslextype) as definition
from pg_ts_parser p join pg_namespace n on n.oid = p.prsnamespace where ${inSchema} and ${made('pg_ts_parser', 'p')}`;

const templates = `
select format('%I.%I', n.nspname, t.tmplname) as name, concat_ws(' ', t.tmplinit, t.tmpllexize) as definition
from pg_ts_template t join pg_namespace n on n.oid = t.tmplnamespace where ${inSchema} and ${made('pg_ts_template', 't')}`;

// The locale is last: how it is written depends on the version (printedAlike). Its column has had three names.
const collations = `
select format('%I.%I', n.nspname, l.collname) as name, concat_ws(', ',
  'provider ' || case l.collprovider when 'c' then 'libc' when 'i' then 'icu' when 'b' then 'builtin' else l.collprovider::text end,
  case when l.collisdeterministic then 'deterministic' else 'not deterministic' end,
  'rules ' || quote_literal(to_jsonb(l) ->> 'collicurules'), ${owner('l.collowner')},
  case l.collprovider when 'c' then format('collate %L, ctype %L', l.collcollate, l.collctype) else
    'locale ' || quote_literal(coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale', l.collcollate)) end) as definition
from pg_collation l join pg_namespace n on n.oid = l.collnamespace where ${inSchema} and ${made('pg_collation', 'l')}`;

const conversions = `
select format('%I.%I', n.nspname, c.conname) as name, concat_ws(' ', case when c.condefault then 'default' end,
  pg_encoding_to_char(c.conforencoding), 'to', pg_encoding_to_char(c.contoencoding), 'by', c.conproc::text, ${owner('c.conowner')}) as definition
from pg_conversion c join pg_namespace n on n.oid = c.connamespace where ${inSchema} and ${made('pg_conversion', 'c')}`;

// A range's cast to its multirange came with the type, and before 14 there is none.
const casts = `
select ${identity('pg_cast', 'c.oid')} as name, concat_ws(' ', 'context ' || c.castcontext::text, 'method ' || c.castmethod::text,
  nullif(c.castfunc, 0)::regprocedure::text) as definition
from pg_cast c where ${ofDatabase} and ${made('pg_cast', 'c')} and not exists (
  select from pg_depend i where i.classid = 'pg_cast'::regclass and i.objid = c.oid and i.deptype = 'i')`;

const operators = `
select ${identity('pg_operator', 'o.oid')} as name, concat_ws(', ', o.oprcode::regprocedure::text, 'gives ' || format_type(o.oprresult, null),
  'commutator ' || nullif(o.oprcom, 0)::regoperator::text, 'negator ' || nullif(o.oprnegate, 0)::regoperator::text,
  'restrict ' || nullif(o.oprrest::text, '-'), 'join ' || nullif(o.oprjoin::text, '-'),
  case when o.oprcanmerge then 'merges' end, case when o.oprcanhash then 'hashes' end, ${owner('o.oprowner')}) as definition
from pg_operator o join pg_namespace n on n.oid = o.oprnamespace where ${inSchema} and ${made('pg_operator', 'o')}`;

const operatorClasses = `
select ${identity('pg_opclass', 'o.oid')} as name, concat_ws(', ', 'for ' || format_type(o.opcintype, null),
  case when o.opcdefault then 'default' end, 'family ' || ${identity('pg_opfamily', 'o.opcfamily')},
  'storage ' || format_type(nullif(o.opckeytype, 0), null), ${owner('o.opcowner')}) as definition
from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace where ${inSchema} and ${made('pg_opclass', 'o')}`;

const operatorFamilies = `
select ${identity('pg_opfamily', 'f.oid')} as name, concat_ws(', ',
  (select string_agg(concat_ws(' ', 'operator', m.amopstrategy, m.amopopr::regoperator, m.amoppurpose,
     ${identity('pg_opfamily', 'nullif(m.amopsortfamily, 0)')}), ', ' order by m.amoplefttype::regtype::text, m.amoprighttype::regtype::text, m.amopstrategy)
   from pg_amop m where m.amopfamily = f.oid),
  (select string_agg(concat_ws(' ', 'function', m.amprocnum, m.amproc::regprocedure), ', '
     order by m.amproclefttype::regtype::text, m.amprocrighttype::regtype::text, m.amprocnum) from pg_amproc m where m.amprocfamily = f.oid),
  ${owner('f.opfowner')}) as definition
from pg_opfamily f join pg_namespace n on n.oid = f.opfnamespace where ${inSchema} and ${made('pg_opfamily', 'f')}`;

const wrappers = `
select quote_ident(w.fdwname) as name, concat_ws(', ', 'handler ' || nullif(w.fdwhandler, 0)::regproc::text,
  'validator ' || nullif(w.fdwvalidator, 0)::regproc::text, ${optionsOf('w.fdwoptions')}, ${owner('w.fdwowner')}) as definition
from pg_foreign_data_wrapper w where ${ofDatabase} and ${made('pg_foreign_data_wrapper', 'w')}`;

const servers = `
select quote_ident(s.srvname) as name, concat_ws(', ', 'of ' || quote_ident(w.fdwname), 'type ' || s.srvtype, 'version ' || s.srvversion,
  ${optionsOf('s.srvoptions')}, ${owner('s.srvowner')}) as definition
from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw where ${ofDatabase} and ${made('pg_foreign_server', 's')}`;

const languages = `
select quote_ident(l.lanname) as name, concat_ws(', ', case when l.lanpltrusted then 'trusted' end, 'handler ' || l.lanplcallfoid::regproc,
  'inline ' || nullif(l.laninline, 0)::regproc::text, 'validator ' || nullif(l.lanvalidator, 0)::regproc::text, ${owner('l.lanowner')}) as definition
from pg_language l where ${ofDatabase} and ${made('pg_language', 'l')}`;

// PostgreSQL's own name of a transform is not the same in every version.
const transforms = `
select format('for %s language %I', format_type(t.trftype, null), l.lanname) as name, concat_ws(' ', t.trffromsql, t.trftosql) as definition
from pg_transform t join pg_language l on l.oid = t.trflang where ${ofDatabase} and ${made('pg_transform', 't')}`;

const accessMethods = `
select quote_ident(m.amname) as name, concat_ws(' ', m.amtype, m.amhandler) as definition
from pg_am m where ${ofDatabase} and ${made('pg_am', 'm')}`;

// An array's type, and that of a table's rows, go with what they belong to.
const baseTypes = `
select format('%I.%I', n.nspname, t.typname) as name, concat_ws(' ', t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin,
  t.typmodout, t.typlen, t.typbyval, t.typalign, t.typstorage, t.typcategory, t.typispreferred, t.typdelim,
  'default ' || t.typdefault, ${owner('t.typowner')}) as definition
from pg_type t join pg_namespace n on n.oid = t.typnamespace
where t.typtype = 'b' and ${inSchema} and ${made('pg_type', 't')} and not exists (select from pg_type e where e.typarray = t.oid)`;

const viewDefaults = `
select format('%I.%I.%I', n.nspname, c.relname, a.attname) as name, pg_get_expr(d.adbin, d.adrelid) as definition
from pg_attrdef d join pg_class c on c.oid = d.adrelid join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum = d.adnum where c.relkind = 'v' and ${inSchema} and ${made('pg_class', 'c')}`;

const grantee = `coalesce((select rolname from pg_roles r where r.oid = a.grantee), 'public')`;
const privileges = `string_agg(distinct a.privilege_type || case when a.is_grantable then ' with grant option' else '' end, ', ')`;
const rights = (acl: string, kind: string, ownerColumn: string) =>
  `cross join lateral aclexplode(coalesce(${acl}, acldefault('${kind}', ${ownerColumn}))) a`;

const grants = `
select format('type %I.%I to %s', n.nspname, t.typname, ${grantee}) as name, ${privileges} as definition
from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
${rights('t.typacl', 'T', 't.typowner')}
where t.typtype in ('b', 'c', 'd', 'e', 'r') and (c.oid is null or c.relkind = 'c') and ${inSchema} and ${made('pg_type', 't')}
  and not exists (select from pg_type e where e.typarray = t.oid)
group by n.nspname, t.typname, a.grantee
union all
select format('server %I to %s', s.srvname, ${grantee}), ${privileges}
from pg_foreign_server s ${rights('s.srvacl', 'S', 's.srvowner')} where ${made('pg_foreign_server', 's')} group by s.srvname, a.grantee
union all
select format('foreign-data wrapper %I to %s', w.fdwname, ${grantee}), ${privileges}
from pg_foreign_data_wrapper w ${rights('w.fdwacl', 'F', 'w.fdwowner')} where ${made('pg_foreign_data_wrapper', 'w')} group by w.fdwname, a.grantee`;

/** Kind of object, as PostgreSQL identifies it where it has a word for it → its query. */
export const besideQueries = {
  'text search configuration': configurations,
  'text search dictionary': dictionaries,
  'text search parser': parsers,
  'text search template': templates,
  collation: collations,
  conversion: conversions,
  cast: casts,
  operator: operators,
  'operator class': operatorClasses,
  'operator family': operatorFamilies,
  'foreign-data wrapper': wrappers,
  server: servers,
  language: languages,
  transform: transforms,
  'access method': accessMethods,
  type: baseTypes,
  'default of a view': viewDefaults,
  grant: grants,
} as const;
