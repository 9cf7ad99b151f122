import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { type ContentComparison, compareContent } from '../../../gates/verify/compare-content.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

const modules = [{ name: 'all', tables: ['public.*', 'other.*'] }];
const options = { modules, limit: 20, values: false };

/** Every kind of table that there is; the target gets the same rows another way. */
const schema = `
create schema other;
create type mood as enum ('calm', 'busy');
create type pair as (a int, b text);
create domain cents as bigint;
create domain tags as text[];
create table kinds (id bigint primary key, n numeric, f4 float4, f8 float8, j json, jb jsonb, ia int[], ta text[], ts timestamptz[],
  r int4range, tr tstzrange, mr int8multirange, p pair, pa pair[], m mood, ma mood[], d cents, dt tags, by bytea, x xml, mo money,
  tz timestamptz, t timestamp, ti time, tiz timetz, iv interval, da date, u uuid, b bool, c char(5), bc bpchar, vc varchar(9),
  txt text, i2 int2, i4 int4, "odd ""name" text, net inet, ci cidr, mac macaddr, bits bit varying, pt point, tsv tsvector,
  ch "char", nm name, o oid, rc regclass, double int generated always as (i4 * 2) stored);
create table no_key (a int, b text);
create table no_columns ();
create table no_rows (id int primary key, t text);
create table composite (tenant int, code text, v int, primary key (tenant, code));
create table by_uuid (id uuid primary key, v int);
create table unique_only (a int not null unique, b text);
create table big (id int primary key, content text, raw bytea);
create table parts (id int, at date, v text, primary key (id, at)) partition by range (at);
create table other.dropped (id serial primary key, gone text, stays text);
create table parent_of (id int primary key, v int);
create table child_of (extra int, primary key (id)) inherits (parent_of);
`;
const sourceParts = `create table parts_all partition of parts default;`;
const targetParts = `create table parts_old partition of parts for values from (minvalue) to ('2025-02-01');
  create table parts_new partition of parts default;`;
const rows = `
insert into kinds select i, (i / 7.0)::numeric(20, 5), i / 3.0, i / 3.0, '{"b":  1, "a": 2}', '{"b": [1, [2]], "a": null}',
  '[0:1]={1,2}', array['a,b', null, ''], array['2025-03-30 01:30+02'::timestamptz], int4range(i, i + 5), tstzrange('2025-01-01+00', null),
  '{[1,3),[7,9)}', row(i, 'x "y"'::text)::pair, array[row(1, null)::pair], 'busy', '{calm,busy}', i, '{p,q}', decode('00ff0a', 'hex'), '<a b="1"/>',
  12.34, '2025-10-26 02:30:00.123456+02', 'infinity', '24:00:00', '12:00:00+05:30', '1 mon -2 days 03:04:05.6', '4714-11-24 BC',
  '00000000-0000-0000-0000-000000000000', i % 2 = 0, 'ab', 'ab  ', 'ä', 'Ünïcödé ' || i, i % 300, i, 'odd', '10.0.0.1/8', '10.0.0.0/8',
  '08:00:2b:01:02:03', B'10101', point(i, -0.0), 'a fat cat'::tsvector, 'x', 'name', 4294967295, 'pg_class'
  from generate_series(1, 400) i;
insert into kinds (id) values (-1), (9223372036854775807), (-9223372036854775808);
insert into kinds (id, n, f4, f8, da, tz) values (1000, 'NaN', 'NaN', 'NaN', 'infinity', '-infinity'),
  (1001, 'Infinity', 'Infinity', '-Infinity', '-infinity', '294276-12-31'), (1002, 1.000, '-0', '-0', '5874897-12-31', '2000-01-01+00');
insert into no_key select i % 5, 'row' from generate_series(1, 100) i;
insert into no_key values (null, null), (null, '');
insert into no_columns default values; insert into no_columns default values;
insert into composite select i % 3, 'c' || i, i from generate_series(1, 300) i;
insert into by_uuid select md5(i::text)::uuid, i from generate_series(1, 300) i;
insert into unique_only select i, 'b' from generate_series(1, 50) i;
insert into big select i, string_agg(md5((i * 100000 + k)::text), ''), decode(repeat(md5(i::text), 20000), 'hex')
  from generate_series(1, 3) i, generate_series(1, 60000) k group by i;
insert into parts select i, '2025-01-01'::date + i, 'v' from generate_series(1, 60) i;
insert into other.dropped (gone, stays) select 'g', 's' || i from generate_series(1, 20) i;
insert into parent_of values (1, 1); insert into child_of values (2, 2, 2);
`;
/** On the target: another order of columns, of rows on disk, and other pages. */
const shuffle = `
alter table other.dropped add column late text; alter table other.dropped drop column gone; alter table other.dropped drop column late;
update kinds set txt = txt || '!' where id % 3 = 0; update kinds set txt = left(txt, -1) where id % 3 = 0;
delete from composite; insert into composite (v, code, tenant) select i, 'c' || i, i % 3 from generate_series(300, 1, -1) i;
alter table by_uuid set (fillfactor = 20); vacuum full by_uuid;
`;

describe('the content of two databases', () => {
  let source: VerifyDatabase;
  let target: VerifyDatabase;

  before(async function () {
    this.timeout(300_000); // the older server may have to be installed
    source = await verifyDatabase(majors.source);
    target = await verifyDatabase(majors.target, {
      datestyle: 'German',
      timezone: 'Asia/Kolkata',
      extra_float_digits: '-5',
      bytea_output: 'escape',
      intervalstyle: 'iso_8601',
      quote_all_identifiers: 'on',
    });
    await source.run(`${schema} ${sourceParts} ${rows} alter table other.dropped drop column gone`);
    await target.run(`${schema} ${targetParts} set datestyle = 'ISO, MDY'; set timezone = 'UTC'; ${rows}`);
    for (const statement of shuffle.split(';')) await target.run(statement);
  });

  it('is equal on two major versions, whatever the settings, the order and the layout', async () => {
    const { findings, digests } = await compare();
    assert.deepEqual(findings, []);
    assert.equal(digests?.source.roots.database, digests?.target.roots.database);
    assert.equal(Object.keys(digests?.source.roots.modules.all?.tables ?? {}).length, 12);
  });

  it('has the same roots a second time, and from two workers', async () => {
    const roots = async (workers: number) => (await compare(workers)).digests?.target.roots;
    assert.deepEqual(await roots(2), await roots(1));
  });

  const changes: readonly (readonly [string, string, RegExp])[] = [
    [
      'a bigint whose halves are swapped',
      "update composite set v = v # 1 where code = 'c7'",
      /changed code=c7 tenant=1 in v$/,
    ],
    ['a sign of a numeric', 'update kinds set n = -n where id = 5', /changed id=5 in n$/],
    ['the scale of a numeric', 'update kinds set n = 1.0 where id = 1002', /changed id=1002 in n$/],
    ['a minus before zero', `update kinds set f8 = '0' where id = 1002`, /changed id=1002 in f8$/],
    ['the last bit of a float', 'update kinds set f8 = f8 + 5e-17 where id = 1', /changed id=1 in f8$/],
    ['the nesting of jsonb', `update kinds set jb = '{"b": [[1], 2], "a": null}' where id = 9`, /changed id=9 in jb$/],
    ['blanks in json', `update kinds set j = '{"b": 1, "a": 2}' where id = 9`, /changed id=9 in j$/],
    ['the bounds of an array', `update kinds set ia = '{1,2}' where id = 9`, /changed id=9 in ia$/],
    ['a NULL that became empty', `update no_key set b = '' where a is null and b is null`, /1 times.*1 times/],
    ['a microsecond', `update kinds set tz = tz + interval '1 us' where id = 9`, /changed id=9 in tz$/],
    ['blanks at the end of a bpchar', `update kinds set bc = 'ab' where id = 9`, /changed id=9 in bc$/],
    ['an enum', `update kinds set m = 'calm' where id = 9`, /changed id=9 in m$/],
    ['a part of a composite', `update kinds set p = row(9, 'x') where id = 9`, /changed id=9 in p$/],
    ['money', `update kinds set mo = 12.35 where id = 9`, /changed id=9 in mo$/],
    ['a zone of a time', `update kinds set tiz = '12:00:00+05:31' where id = 9`, /changed id=9 in tiz$/],
    [
      'one bit of a megabyte',
      'update big set raw = set_bit(raw, 1600001, 1 - get_bit(raw, 1600001)) where id = 2',
      /id=2 in raw$/,
    ],
    ['a row of a partition', 'delete from parts where id = 40', /59 rows instead of 60.*missing at=2025-02-10 id=40$/],
    ['a row without columns', 'insert into no_columns default values', /3 rows instead of 2.*not expected digest/],
    [
      'one of equal rows',
      'delete from no_key where ctid = (select ctid from no_key where a = 3 limit 1)',
      /missing digest/,
    ],
    ['a row where there was none', `insert into no_rows values (7, 'x')`, /not expected id=7$/],
    ['values swapped between two rows', `update by_uuid set v = 3 - v where v in (1, 2)`, /2 different: changed/],
    [
      'a key',
      'update unique_only set a = 99 where a = 9',
      /missing a=9; not expected a=99|not expected a=99; missing a=9/,
    ],
    [
      'the highest key',
      `update kinds set txt = 'x' where id = 9223372036854775807`,
      /changed id=9223372036854775807 in txt$/,
    ],
    ['a row of a child', 'update child_of set v = 3', /changed id=2 in v$/],
  ];
  for (const [what, change, located] of changes) {
    it(`differs in ${what}, which is located`, async () => {
      const { findings } = await compareAfter(change);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['CONTENT_DIFFERS'],
      );
      assert.match(findings[0]?.found ?? '', located);
    });
  }

  it('shows values only when asked, and then both', async () => {
    const change = `update kinds set txt = 'secret' where id = 3`;
    const hidden = await compareAfter(change);
    assert.doesNotMatch(JSON.stringify([...hidden.differences]), /secret/);
    const shown = await compareAfter(change, { values: true });
    const values = shown.differences.get('public.kinds')?.rows[0]?.values;
    assert.deepEqual(values, { txt: { source: 'Ünïcödé 3', target: 'secret' } });
  });

  it('is not compared where the shapes differ', async () => {
    const { findings, digests } = await compareAfter(
      'alter table no_rows add column more int; create table extra (id int)',
    );
    assert.deepEqual(
      findings.map(({ code, about }) => [code, about]),
      [
        ['TABLE_SHAPE', 'public.no_rows'],
        ['TABLE_SHAPE', 'public.extra'],
      ],
    );
    assert.equal(digests, undefined);
  });

  it('is not compared where a char(n) has another n, by a domain too', async () => {
    const { findings } = await compareAfter(
      'alter table kinds alter column c type char(6); create domain code as char(3); alter table no_rows add column k code',
    );
    const found = findings.map(({ about, found }) => [about, /\b(c|k) char\(\d\)/.exec(found)?.[0]]);
    assert.deepEqual(found, [
      ['public.kinds', 'c char(6)'],
      ['public.no_rows', 'k char(3)'],
    ]);
  });

  it('is not compared where a table is in no module', async () => {
    const { findings } = await compare(1, { modules: [{ name: 'all', tables: ['public.*', 'public.lost'] }] });
    assert.deepEqual(
      findings.map(({ code, about }) => [code, about]),
      [
        ['MODULES_INCOMPLETE', 'other.dropped'],
        ['MODULES_INCOMPLETE', 'public.lost'],
      ],
    );
  });

  async function compare(workers = 1, more: Partial<typeof options> = {}): Promise<ContentComparison> {
    const [here, there] = [await source.snapshot(workers), await target.snapshot(workers)];
    try {
      return await compareContent(here, there, { ...options, ...more });
    } finally {
      await here.close();
      await there.close();
    }
  }

  /** Makes the change on the target only where it is seen by this comparison: in the very transaction. */
  async function compareAfter(change: string, more: Partial<typeof options> = {}): Promise<ContentComparison> {
    const here = await source.snapshot();
    const there = await target.changed(change);
    try {
      return await compareContent(here, there, { ...options, ...more });
    } finally {
      await here.close();
      await there.close();
    }
  }
});
