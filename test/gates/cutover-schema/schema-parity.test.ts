import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import pg from 'pg';
import { differenceLine } from '../../../gates/catalog/compare.ts';
import { comparable, schemaParity } from '../../../gates/cutover-schema/schema-parity.ts';
import { sampleRelease } from '../sample-release.ts';
import { majors, verifyDatabase } from '../verify/verify-servers.ts';

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

  async function parity(sourceSql: string, targetSql: string, source: number = majors.source) {
    const databases = [await verifyDatabase(source), await verifyDatabase(majors.target)] as const;
    await databases[0].run(sourceSql);
    await databases[1].run(targetSql);
    const clients = databases.map(({ url }) => new pg.Client({ connectionString: url })) as [pg.Client, pg.Client];
    for (const client of clients) await client.connect();
    try {
      return (await schemaParity(clients[0], clients[1], migrations)).differences.map(differenceLine);
    } finally {
      for (const client of clients) await client.end();
    }
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
});
