import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import pg from 'pg';
import { contentsOf } from '../../../gates/cutover-schema/contents.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify/verify-servers.ts';

async function contents({ url }: VerifyDatabase, role?: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    if (role !== undefined) await client.query(`set role ${role}`);
    return await contentsOf(client);
  } finally {
    await client.end();
  }
}

const left: readonly (readonly [string, string, readonly string[]])[] = [
  ['a table', 'create table t (id serial)', ['public.t', 'public.t_id_seq']],
  ['a view', 'create view v as select 1 as one', ['public.v']],
  ['a function', `create function f(int) returns int language sql as 'select 1'`, ['function public.f(integer)']],
  ['a procedure', `create procedure p() language sql as 'select 1'`, ['procedure public.p()']],
  [
    'an aggregate',
    'create aggregate a (text) (sfunc = textcat, stype = text)',
    ['aggregate public.a(pg_catalog.text)'],
  ],
  ['an enum', `create type mood as enum ('calm')`, ['type public.mood']],
  ['a domain', 'create domain cents as bigint', ['type public.cents']],
  ['a composite type', 'create type pair as (a int, b int)', ['type public.pair']],
  ['a range', 'create type span as range (subtype = text)', ['type public.span']],
  ['a collation', `create collation c (locale = 'C')`, ['collation public.c']],
  [
    'an operator',
    'create operator <<< (leftarg = int, rightarg = int, function = int4lt)',
    ['operator public.<<<(integer,integer)'],
  ],
  ['an operator family', 'create operator family ranked using btree', ['operator family public.ranked USING btree']],
  ['a conversion', `create conversion l for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8`, ['conversion public.l']],
  ['a cast', 'create cast (bigint as macaddr) with inout', ['cast (bigint AS pg_catalog.macaddr)']],
  [
    'a text search',
    'create text search configuration finds (copy = pg_catalog.english)',
    ['text search configuration public.finds'],
  ],
  ['a dictionary', 'create text search dictionary words (template = simple)', ['text search dictionary public.words']],
  ['a large object', 'select lo_create(4711)', ['large object 4711']],
];

for (const major of [15, majors.target]) {
  describe(`what is in a database of PostgreSQL ${major}`, function () {
    this.timeout(300_000);

    it('is nothing where there are schemas, extensions, and what a platform or an administrator puts there', async () => {
      const database = await verifyDatabase(major);
      await database.run(`
        create schema app; create extension citext; create extension hstore schema app; create extension pg_stat_statements;
        create foreign data wrapper far; create server hub foreign data wrapper far; create publication all_of_it for all tables;
        create language other handler plpgsql_call_handler;
        create function watch() returns event_trigger language plpgsql as 'begin end';
        create event trigger watch on ddl_command_end execute function watch();
        create schema sallyport; create table sallyport.candidate (one int);
        create function sallyport.f() returns int language sql as 'select 1'`);
      assert.deepEqual(await contents(database), []);
    });

    for (const [what, sql, expected] of left) {
      it(`is ${what} that somebody left`, async () => {
        const database = await verifyDatabase(major);
        await database.run(sql);
        assert.deepEqual(await contents(database), expected);
      });
    }

    it("is not what belongs to a platform's superuser, where the operator is none; but tables are, and what others own", async () => {
      const database = await verifyDatabase(major);
      await database.run(
        `create function theirs() returns int language sql as 'select 1'; create type their_type as enum ('a')`,
      );
      assert.deepEqual(await contents(database, 'app'), []);
      assert.equal((await contents(database)).length, 2);
      await database.run(`create table kept (id int); create function ours() returns int language sql as 'select 1';
        alter function ours() owner to migrator`);
      assert.deepEqual(await contents(database, 'app'), ['public.kept', 'function public.ours()']);
    });

    it('is told up to a thousand', async () => {
      const database = await verifyDatabase(major);
      await database.run('create table t (id int); select lo_create(0) from generate_series(1, 1500)');
      const found = await contents(database);
      assert.deepEqual([found.length, found[0]], [1000, 'public.t']);
    });
  });
}
