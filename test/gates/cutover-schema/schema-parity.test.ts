import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import pg from 'pg';
import { differenceLine } from '../../../gates/catalog/compare.ts';
import { comparable, schemaParity } from '../../../gates/cutover-schema/schema-parity.ts';
import { sampleRelease } from '../sample-release.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify/verify-servers.ts';
import { changes, everyKind } from './changed-by-hand.ts';

const { migrations } = sampleRelease();

describe('a catalog that is compared between servers', () => {
  const catalog = new Map([
    ['extension citext', 'version 1.6 in public'],
    ['grant public.t to app', 'INSERT, MAINTAIN, SELECT'],
    ['grant public.t to keeper', 'MAINTAIN with grant option'],
    ['constraint t_fkey1 on public.t', 'FOREIGN KEY (a) REFERENCES public.parts_1(a) (inherited)'],
    ['constraint t_fkey on public.t', 'FOREIGN KEY (a) REFERENCES public.parts(a)'],
  ]);

  it('is without versions of extensions and the keys that partitions have from their table', () => {
    assert.deepEqual(
      [...comparable(catalog, false)],
      [
        ['extension citext', 'in public'],
        ['grant public.t to app', 'INSERT, MAINTAIN, SELECT'],
        ['grant public.t to keeper', 'MAINTAIN with grant option'],
        ['constraint t_fkey on public.t', 'FOREIGN KEY (a) REFERENCES public.parts(a)'],
      ],
    );
  });

  it('is without a privilege that the older server does not know', () => {
    const older = comparable(catalog, true);
    assert.equal(older.get('grant public.t to app'), 'INSERT, SELECT');
    assert.equal(older.has('grant public.t to keeper'), false);
  });
});

describe('the schemas of two servers', function () {
  this.timeout(300_000);

  async function parityOf(source: string, target: string) {
    const clients = [source, target].map((url) => new pg.Client({ connectionString: url })) as [pg.Client, pg.Client];
    for (const client of clients) await client.connect();
    try {
      return await schemaParity(clients[0], clients[1], migrations);
    } finally {
      for (const client of clients) await client.end();
    }
  }
  async function parity(sourceSql: string, targetSql: string, source: number = majors.source) {
    const databases = [await verifyDatabase(source), await verifyDatabase(majors.target)] as const;
    await databases[0].run(sourceSql);
    await databases[1].run(targetSql);
    return (await parityOf(databases[0].url, databases[1].url)).differences.map(differenceLine);
  }

  const rich = `
    create extension citext; create type mood as enum ('sad', 'ok'); create domain positive as int check (value > 0);
    create table parts (id int, at date, amount positive, primary key (id, at)) partition by range (at);
    create table parts_1 partition of parts for values from ('2026-01-01') to ('2026-02-01');
    create table parts_2 partition of parts for values from ('2026-02-01') to ('2026-03-01');
    create table refers (id bigint generated always as identity primary key, part int, at date, m mood not null default 'ok',
      twice int generated always as (part * 2) stored, foreign key (part, at) references parts (id, at), check (part > 0));
    create index on refers (abs(part) desc) where part > 1;
    create view seen as select r.id, p.amount from refers r join parts p on p.id = r.part where r.m <> 'sad' order by r.id;
    create materialized view counted as select m, count(*) as n from refers group by m;
    create function f(a int, b text default 'x') returns int language sql begin atomic select a + length(b); end;
    alter table refers enable row level security; create policy p on refers using (part > 0);
    create statistics s on part, at from refers;`;

  it('are equal where the same statements made them, on two major versions', async () => {
    assert.deepEqual(await parity(rich, rich), []);
  });

  it('are equal where a view is only printed otherwise, and rights are told otherwise', async () => {
    const view = `create table t (a int, b int); create view v as select a from t where b > 0 order by b;
      create materialized view m as with x as (select b from t) select t.a, x.b from t join x using (b);
      grant select on t to app; alter default privileges grant all on tables to app`;
    assert.deepEqual(await parity(`${view}; ${rich}`, `${view}; ${rich}`, 15), []);
  });

  it('differ where a view is another one', async () => {
    const view = 'create table t (a int, b int); create view v as select a from t where b > 0';
    assert.deepEqual(await parity(view, view.replace('b > 0', 'b > 1')), [
      'view public.v: owner postgres, SELECT a FROM public.t WHERE (b > 1); instead of owner postgres, SELECT a FROM public.t WHERE (b > 0);',
    ]);
  });

  for (const major of [14, 15, majors.source, majors.target]) {
    it(`are equal with something of every kind, from PostgreSQL ${major}`, async () => {
      // Up to 14 everybody may create in schema public, and another role owns it: that is a difference.
      const asLater = 'alter schema public owner to pg_database_owner; revoke create on schema public from public;';
      assert.deepEqual(await parity(major === 14 ? asLater + everyKind : everyKind, everyKind, major), []);
    });
  }

  it('are equal where a locale is only written otherwise, and differ where it is another one', async () => {
    const locale = `create collation phones (provider = icu, locale = 'de@collation=phonebook')`;
    assert.deepEqual(await parity(locale, locale, 15), []);
    const other = locale.replace('phonebook', 'eor');
    assert.match((await parity(locale, other, 15)).join(), /^collation public\.phones: [^;]*'de-u-co-eor'/);
  });

  describe('of which the source was changed by hand', () => {
    const databases: VerifyDatabase[] = [];
    let made = 0;
    before(async () => {
      for (const major of [majors.source, majors.source, majors.target]) databases.push(await verifyDatabase(major));
      for (const { run } of databases.slice(1)) await run(everyKind);
    });

    async function changed(sql: string) {
      const [maintenance, source, target] = databases as [VerifyDatabase, VerifyDatabase, VerifyDatabase];
      const name = `changed_${++made}`;
      await maintenance.run(`create database ${name} template ${source.url.replace(/.*\//, '')}`);
      const url = source.url.replace(/[^/]*$/, name);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(sql).finally(() => client.end());
      return parityOf(url, target.url);
    }

    for (const [kind, sql, objects] of changes) {
      it(`differ in exactly that: ${kind}`, async () => {
        const lines = (await changed(sql)).differences.map(differenceLine);
        assert.deepEqual(
          lines.map((line, index) => (line.startsWith(objects[index] ?? '?') ? objects[index] : line)),
          objects,
        );
      });
    }

    it('show no value that may be a secret, and have the same digest each time', async () => {
      const change = `alter server hub options (set password 'hunter3')`;
      const [first, again] = [await changed(change), await changed(change)];
      assert.doesNotMatch(JSON.stringify(first), /hunter/);
      assert.match(JSON.stringify(first), /password hidden [0-9a-f]{16}/);
      assert.notDeepEqual(first.differences, again.differences);
      assert.equal(first.catalog, again.catalog);
    });
  });
});
