import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import pg from 'pg';
import { type Catalog, readCatalog } from '../../../gates/catalog/catalog.ts';
import { compareCatalogs, differenceLine } from '../../../gates/catalog/compare.ts';
import { deferSlow, pendingSlow, restoreSlow } from '../../../gates/cutover-schema/deferred.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify/verify-servers.ts';

const scope = { withoutSchemas: ['sallyport'], withoutRelations: [] };

const schema = `
create extension if not exists btree_gist;
create schema "Odd";
create table "Odd"."Case ""x""" (id int primary key, "Code" text, parent int, constraint "Self ref" foreign key (parent) references "Odd"."Case ""x""" (id));
create unique index "Upper code" on "Odd"."Case ""x""" (upper("Code")) where "Code" <> '';
comment on index "Odd"."Upper code" is 'it''s one';
create table plain (id int primary key, code text not null, low int, high int, note text,
  constraint code_once unique (code) with (fillfactor = 60),
  constraint low_once unique (low) deferrable initially deferred,
  constraint high_once unique (high),
  exclude using gist (int4range(low, high) with &&));
comment on constraint code_once on plain is 'a key';
create index plain_note on plain using hash (note);
create index plain_desc on plain (low desc nulls last) include (high) with (fillfactor = 70, deduplicate_items = off);
create index plain_clustered on plain (high);
alter table plain cluster on plain_clustered;
create table identified (a int not null, b int, constraint a_once unique (a));
alter table identified replica identity using index a_once;
create index on identified (b);
create table child (id int primary key, code text references plain (code) on update cascade, low int,
  constraint late foreign key (low) references plain (high) deferrable initially deferred);
alter table child add constraint unheld foreign key (id) references plain (id) not valid;
comment on constraint late on child is 'later';
create table events (id int, at date, plain_id int, kind text, primary key (id, at)) partition by range (at);
create table events_1 partition of events for values from ('2026-01-01') to ('2026-02-01');
create table events_2 partition of events for values from ('2026-02-01') to ('2026-03-01') partition by hash (id);
create table "Events 2 a" partition of events_2 for values with (modulus 2, remainder 0);
create table events_2_rest partition of events_2 for values with (modulus 2, remainder 1);
create index events_kind on events (kind, at);
create index on events_1 (plain_id);
create index events_plain on events (plain_id);
create index own_of_leaf on "Events 2 a" (kind) where plain_id is not null;
alter table events add constraint events_once unique (at, kind, id);
alter table events add constraint events_plain_fkey foreign key (plain_id) references plain (id);
create table events_3 (id int not null, at date not null, plain_id int, kind text);
alter table events_3 add primary key (id, at);
alter table events_3 add constraint named_otherwise foreign key (plain_id) references plain (id);
create index another_name on events_3 (kind, at);
alter table events attach partition events_3 for values from ('2026-03-01') to ('2026-04-01');
create table about_events (id int primary key, event_id int, at date, foreign key (event_id, at) references events (id, at));
create table part_of_part (id int, at date, event_id int, primary key (id, at), foreign key (event_id, at) references events) partition by range (at);
create table part_of_part_1 partition of part_of_part for values from ('2026-01-01') to ('2027-01-01');
create table held (id int primary key, code text unique);
create view of_held as select id from held;
create materialized view seen as select id, code from plain;
create index on seen (code);
insert into plain select i, 'c' || i, i * 10, i * 10 + 5, 'n' from generate_series(1, 50) i;
insert into events select i, '2026-01-15'::date + (i % 60), 1 + i % 50, case when i % 2 = 0 then 'a' else 'b' end from generate_series(1, 100) i on conflict do nothing;
insert into about_events select id, id, at from events;
`;

const quiet = () => undefined;

for (const major of [majors.source, majors.target]) {
  describe(`what slows a load, on PostgreSQL ${major}`, function () {
    this.timeout(400_000);
    let database: VerifyDatabase;
    let before: Catalog;

    beforeEach(async () => {
      database = await verifyDatabase(major);
      await database.run(schema);
      before = await withSession((client) => readCatalog(client, scope));
    });

    async function withSession<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    }
    const differences = () =>
      withSession(async (client) => compareCatalogs(await readCatalog(client, scope), before).map(differenceLine));
    const comments = async () => {
      const { rows } = await database.run(
        `select description from pg_description where classoid in ('pg_class'::regclass, 'pg_constraint'::regclass) and objoid >= 16384 order by 1`,
      );
      return rows.map(({ description }) => description);
    };

    it('is dropped, but for primary keys, replica identities and what could not be made again exactly', async () => {
      const dropped = await withSession(deferSlow);
      const gone = await differences();
      assert.ok(dropped > 10);
      assert.ok(
        gone.every((line) => / missing$/.test(line)),
        gone.join('\n'),
      );
      assert.ok(
        gone.every((line) => /^(index|constraint) /.test(line)),
        gone.join('\n'),
      );
      assert.ok(!gone.some((line) => /pkey|a_once|plain_clustered|index public\.seen/.test(line)), gone.join('\n'));
      const { rows } = await database.run(`select count(*)::int as keys from pg_constraint where contype = 'f'`);
      assert.deepEqual(rows, [{ keys: 0 }]);
    });

    it('is there again exactly as it was, comments too, and each object is told', async () => {
      const said: string[] = [];
      const noted = await comments();
      await withSession(deferSlow);
      const done = await withSession((client) => restoreSlow(client, (line) => said.push(line)));
      assert.deepEqual(await differences(), []);
      assert.deepEqual(await comments(), noted);
      assert.equal(said.length, done);
      assert.match(said.join('\n'), /^index public\.plain_note \d+\/\d+ … [\d.]+ s$/m);
      assert.match(said.join('\n'), /^validation "Self ref" on "Odd"\."Case ""x"""/m);
      assert.equal(await withSession(pendingSlow), 0);
    });

    it('goes on after a session that was killed between any two steps', async () => {
      await withSession(deferSlow);
      let left = await withSession(pendingSlow);
      while (left !== 0) {
        const killed = withSession((client) =>
          restoreSlow(client, () => {
            throw new Error('killed');
          }),
        );
        await assert.rejects(killed, /killed/);
        const now: number | undefined = await withSession(pendingSlow);
        assert.equal(now, (left ?? 0) - 1);
        left = now;
      }
      assert.deepEqual(await differences(), []);
    });

    it('may be put off and restored again, and twice in a row', async () => {
      await withSession(deferSlow);
      assert.equal(await withSession(deferSlow), 0);
      await withSession((client) => restoreSlow(client, quiet));
      assert.equal(await withSession((client) => restoreSlow(client, quiet)), 0);
      assert.ok((await withSession(deferSlow)) > 10);
      await withSession((client) => restoreSlow(client, quiet));
      assert.deepEqual(await differences(), []);
    });

    for (const [what, sql, object] of [
      [
        'a row twice under a unique constraint',
        `insert into plain values (99, 'c1', 5000, 5001)`,
        'constraint public.code_once',
      ],
      ['overlapping ranges', `insert into plain values (99, 'c99', 11, 14)`, 'constraint public.plain_int4range_excl'],
      [
        'a row that refers to nothing',
        `insert into child values (7, 'none', null)`,
        'validation child_code_fkey on public.child',
      ],
      [
        "a partition's row that refers to nothing",
        `insert into events values (900, '2026-02-02', 4711, 'z')`,
        'foreign key events_plain_fkey on public.events',
      ],
    ] as const) {
      it(`names the object when the load brought ${what}, and goes on once that is mended`, async () => {
        await withSession(deferSlow);
        await database.run(sql);
        const restored = () => withSession((client) => restoreSlow(client, quiet));
        await assert.rejects(restored(), (error) => {
          assert.ok(String(error).includes(`BLOCKER DEFERRED_NOT_RESTORED ${object}`), String(error));
          return true;
        });
        await database.run(
          `delete from plain where id = 99; delete from child where id = 7; delete from events where id = 900`,
        );
        await restored();
        assert.deepEqual(await differences(), []);
      });
    }

    it('is refused where nothing was ever put off', async () => {
      assert.equal(await withSession(pendingSlow), undefined);
      await assert.rejects(
        withSession((client) => restoreSlow(client, quiet)),
        /DEFERRED_NOT_RESTORED/,
      );
    });

    it('of an object that was made otherwise meanwhile is not taken for restored', async () => {
      await withSession(deferSlow);
      await database.run(`create index plain_note on plain (note)`);
      await assert.rejects(
        withSession((client) => restoreSlow(client, quiet)),
        /DEFERRED_NOT_RESTORED index public.plain_note/,
      );
    });
  });
}
