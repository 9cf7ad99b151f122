/** Types of pg_catalog whose values are never text: numbers, times, bits, places and names of the catalogs. All others are looked into. */
const without: ReadonlySet<string> = new Set(
  `int2 int4 int8 oid float4 float8 numeric money bool uuid bytea bit varbit pg_lsn
  date time timetz timestamp timestamptz interval inet cidr macaddr macaddr8
  point line lseg box path polygon circle int2vector oidvector tid xid xid8 cid pg_snapshot txid_snapshot
  int4range int8range numrange daterange tsrange tstzrange
  int4multirange int8multirange nummultirange datemultirange tsmultirange tstzmultirange
  regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype`.split(
    /\s+/,
  ),
);

/** Whether a type's values may be text or hold some; an array's name is its elements' with a line before it. */
export function holdsText(type: string): boolean {
  return !without.has(type.replace(/^_/, ''));
}
