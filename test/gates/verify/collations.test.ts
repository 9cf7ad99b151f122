import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { requiredKeys } from '../../../gates/verify/checks/required-keys.ts';
import { compareContent } from '../../../gates/verify/compare-content.ts';
import { firstSession } from '../../../gates/verify/snapshot.ts';
import { readTableShapes } from '../../../gates/verify/table-shape.ts';
import { touchedRows } from '../../../gates/verify/touched/touched-rows.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

const modules = [{ name: 'all', tables: ['public.*'] }];
/** Keys that collations order in other ways, tables whose names they do, and a collation that takes some of them for one. */
const keys = `select w || i from generate_series(1, 500) i, unnest(array['a', 'B', 'ä', 'Z', 'é', '_', ' ']) w`;
const content = `
create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table by_text (k text primary key, v int); insert into by_text select k, 1 from (${keys}) w (k);
create table by_varchar (k varchar(20), n int, primary key (n, k)); insert into by_varchar select k, 1 from (${keys}) w (k);
create table by_char (k char(9) collate loose primary key, v text collate loose); insert into by_char select 'k' || i, 'v' from generate_series(1, 300) i;
create table by_loose (k text collate loose primary key, v text); insert into by_loose select w || i, 'v' from generate_series(1, 300) i, unnest(array['a', 'B', 'ä']) w;
create table no_key (k text collate loose); insert into no_key select 'Row' from generate_series(1, 3); insert into no_key select 'row' from generate_series(1, 2);
create table "Äpfel" (k text primary key); create table apples (k text primary key); create table "Zebra" (k text primary key); create table _under (k text);
insert into "Äpfel" values ('1'); insert into apples values ('2'); insert into "Zebra" values ('3'); insert into _under values ('4');
create table prices (id int primary key, m money, ms money[]); insert into prices select i, i::numeric::money, array[i::numeric::money] from generate_series(1, 50) i;
`;

describe('the content of two databases with other collations', () => {
  let source: VerifyDatabase;
  let target: VerifyDatabase;
  let monetary: string;

  before(async () => {
    source = await verifyDatabase(majors.source);
    monetary = await foreignMoney();
    const like = `template template0 encoding 'UTF8' locale_provider icu icu_locale 'de' locale 'C'`;
    target = await verifyDatabase(majors.target, { lc_monetary: monetary }, like);
    for (const side of [source, target]) await side.run(`set lc_monetary = 'C'; ${content}`);
  });

  it('has equal roots, text keys, names and money included', async () => {
    const order = await Promise.all(
      [source, target].map((side) => side.run('select array_agg(k order by k) from by_text')),
    );
    assert.notDeepEqual(order[0]?.rows, order[1]?.rows);
    assert.equal((await target.run('show lc_monetary')).rows[0].lc_monetary, monetary);
    const { findings, digests } = await compared('select');
    assert.deepEqual(findings, []);
    assert.equal(digests?.source.roots.database, digests?.target.roots.database);
    assert.equal(digests?.target.tables.length, 10);
  });

  for (const [change, located] of [
    [`update by_text set v = 2 where k = 'ä7'`, /, 1 different: changed k=ä7 in v$/],
    [`update by_loose set v = 'V' where k = 'B7'`, /, 1 different: changed k=B7 in v$/],
    [
      `update by_loose set k = 'b7' where k = 'B7'`,
      /, 2 different: (missing k=B7; not expected k=b7|not expected k=b7; missing k=B7)$/,
    ],
    [`update by_char set v = 'V' where k = 'k7'`, /, 1 different: changed k=k7 +in v$/],
    [
      `update by_char set k = 'K7' where k = 'k7'`,
      /, 2 different: (missing k=k7 +; not expected k=K7 +|not expected k=K7 +; missing k=k7 +)$/,
    ],
    [`update no_key set k = 'row' where ctid = '(0,1)'`, /\(1 times\).*\(1 times\)$/],
    [`update prices set m = m + '0.01' where id = 7`, /, 1 different: changed id=7 in m$/],
    [`update prices set ms[1] = ms[1] + '0.01' where id = 7`, /, 1 different: changed id=7 in ms$/],
  ] as const) {
    it(`differs after ${change}`, async () => {
      const { findings } = await compared(change);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['CONTENT_DIFFERS'],
      );
      assert.match(findings[0]?.found ?? '', located);
    });
  }

  it('has a required key only by its very characters', async () => {
    const snapshot = await target.snapshot();
    const required = [{ schema: 'public', table: 'by_loose', column: 'k', keys: ['B7', 'b7'] }];
    const found = (await requiredKeys(firstSession(snapshot), required)).map(({ found }) => found);
    await snapshot.close();
    assert.deepEqual(found, ['no k b7']);
  });

  it('has a touched row once, by whatever other keys its collation takes for its own', async () => {
    const snapshot = await target.snapshot();
    const client = firstSession(snapshot);
    const table = (await readTableShapes(client)).find(({ name }) => name === 'public.by_loose');
    assert.ok(table);
    const { chunk, values } = touchedRows(table, ['k'], ['B7', 'b7'], { kind: 'hash', bits: 0 }, { exact: true });
    const { rows } = await client.query(`select t.k from ${chunk.from} where ${chunk.where}`, [...values]);
    await snapshot.close();
    assert.deepEqual(rows, [{ k: 'B7' }]);
  });

  it('is not compared with one of another encoding', async () => {
    const latin = await verifyDatabase(majors.target, {}, `template template0 encoding 'LATIN1' locale 'C'`);
    await latin.run('create table t (k text)');
    const utf8 = await verifyDatabase(majors.source);
    await utf8.run('create table t (k text)');
    const [here, there] = [await utf8.snapshot(), await latin.snapshot()];
    const { findings, digests } = await compareContent(here, there, { modules, limit: 20, values: false });
    for (const side of [here, there]) await side.close();
    assert.deepEqual(
      findings.map(({ code, about, found, needed }) => [code, about, found, needed]),
      [['VERIFY_ENCODING', 'target', 'LATIN1', 'UTF8']],
    );
    assert.equal(digests, undefined);
  });

  /** A locale of money other than C, as far as the system has one. */
  async function foreignMoney(): Promise<string> {
    for (const locale of ['de_DE.utf8', 'en_US.utf8', 'ja_JP.utf8', 'C.utf8', 'POSIX']) {
      const known = await source.run(`set lc_monetary = '${locale}'`).catch(() => undefined);
      if (known !== undefined) return locale;
    }
    throw new Error('no locale of money; needed C.utf8 or POSIX at the least');
  }

  async function compared(change: string) {
    const [here, there] = [await source.snapshot(), await target.changed(change)];
    try {
      return await compareContent(here, there, { modules, limit: 20, values: false });
    } finally {
      await here.close();
      await there.close();
    }
  }
});
