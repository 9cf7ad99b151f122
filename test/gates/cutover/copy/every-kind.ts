/** Every kind of table that there is. */
export const schema = `
create schema other;
create type mood as enum ('calm', 'busy');
create type pair as (a int, b mood);
create domain cents as bigint check (value >= 0);
create table kinds (id bigint generated always as identity primary key, n numeric, f8 float8, j json, jb jsonb, ia int[], ts timestamptz,
  iv interval, by bytea, x xml, mo money, c char(5), txt text, double numeric generated always as (n * 2) stored, da date, u uuid);
create table named (id int primary key, m mood, ma mood[], p pair, pa pair[], d cents, rc regclass, iv interval, mo money, f8 float8,
  ts timestamptz, by bytea, x xml, txt text);
create table "odd ""table" (id serial primary key, "odd ""name" text, "select" int);
create table no_key (a int, b text);
create table no_columns ();
create table no_rows (id int primary key);
create table computed_only (a int generated always as (1) stored);
create table dropped (gone text, id int primary key, stays text);
create table parts (id int, at date, v text, primary key (id, at)) partition by range (at);
create table no_parts (id int) partition by list (id);
create table other.parent_of (id int primary key, v int);
create table other.child_of (extra int, primary key (id)) inherits (other.parent_of);
create table guarded (id int primary key, at timestamptz);
create function stamp() returns trigger language plpgsql as 'begin new.at := now(); return new; end';
create trigger stamped before insert on guarded for each row execute function stamp();
create table wide (id int primary key, t text);
create table toasted (id int primary key, raw bytea);`;
/** Partitions as the source has them, one with its columns in another order. */
export const sourceParts = `create table parts_late partition of parts default; create table parts_1 (v text, at date not null, id int not null);
  alter table parts attach partition parts_1 for values from (minvalue) to ('2025-02-01');`;
/** Partitions as the target has them. */
export const targetParts = `create table parts_all partition of parts default;`;
/** Rows that are hard to carry. Needs DateStyle ISO. */
export const rows = `
insert into kinds (n, f8, j, jb, ia, ts, iv, by, x, mo, c, txt, da, u) select i / 7.0, i / 3.0, '{"b":  1}', '{"b": [1]}', '[0:1]={1,2}',
  '2025-10-26 02:30:00.123456+02', '1 mon -2 days 03:04:05.6', decode('00ff0a5c', 'hex'), '<a b="1"/>', 12.34, 'ab', E'tab\\t line\\n \\\\ ' || i,
  '4714-11-24 BC', md5(i::text)::uuid from generate_series(1, 500) i;
insert into kinds (n, f8, ts) values ('NaN', 'NaN', 'infinity'), (null, '-0', '-infinity'), (1.000, '-Infinity', null);
insert into kinds overriding system value select 9223372036854775807;
insert into named select i, 'busy', '{calm,busy}', row(1, 'calm')::pair, array[row(2, 'busy')::pair, null], i, 'pg_class', '1 mon -2 days 03:04:05.6',
  12.34, i / 3.0, '2025-10-26 02:30:00.123456+02', '\\x00ff', '<a/>', null from generate_series(1, 50) i;
insert into "odd ""table" ("odd ""name", "select") select 'n' || i, i from generate_series(1, 50) i;
insert into no_key select i % 5, 'row' from generate_series(1, 100) i; insert into no_key values (null, null), (null, '');
insert into no_columns default values; insert into no_columns default values; insert into computed_only default values;
insert into dropped select 'g', i, 's' || i from generate_series(1, 20) i;
insert into parts select i, '2025-01-01'::date + i, 'v' from generate_series(1, 60) i;
insert into other.parent_of values (1, 1); insert into other.child_of values (2, 2, 2);
insert into guarded select i from generate_series(1, 20) i; update guarded set at = '2020-01-01';
insert into wide select i, repeat(md5(i::text), 30) from generate_series(1, 40000) i;
alter table toasted alter raw set storage external;
insert into toasted select i, decode(repeat(md5(i::text), 32768), 'hex') from generate_series(1, 160) i;
delete from wide where id % 10 = 0; alter table dropped drop column gone;`;
