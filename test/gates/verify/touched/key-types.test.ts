import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type Replicated, replicated } from './replicated.ts';

/** Type → two values of it, as SQL. */
const types: Readonly<Record<string, readonly [string, string]>> = {
  mood: [`'calm'`, `'very busy'`],
  positive: ['1', '2'],
  bytea: [`'\\xdeadbeef'`, `'\\x'`],
  boolean: ['true', 'false'],
  '"char"': [`'a'`, `'\\203'`],
  name: [`'one'`, `'two'`],
  'char(5)': [`'a'`, `'b '`],
  text: [`''`, `E'tab\\t, "quote", {brace}, \\\\ and ä'`],
  inet: [`'192.0.2.1'`, `'192.0.2.0/24'`],
  int4range: [`'[1,5)'`, `'empty'`],
  'int[]': [`'{1,2}'`, `'[0:1]={1,2}'`],
  'text[]': [`'{a,"b,c"}'`, `'{}'`],
  'bit(3)': [`B'101'`, `B'010'`],
  'bit varying': [`B''`, `B'1'`],
  interval: [`'1 month -2 days'`, `'3.5 s'`],
  money: [`'12.34'`, `'-1'`],
  numeric: ['1.00', `'NaN'`],
  real: ['0.1', `'-0'`],
  'double precision': [`'Infinity'`, '1e-300'],
  date: [`'2025-01-02'`, `'infinity'`],
  time: [`'01:02:03.456'`, `'24:00'`],
  timetz: [`'01:02:03+05:30'`, `'01:02:03-08'`],
  timestamp: [`'2025-01-02 03:04:05.678901'`, `'-infinity'`],
  timestamptz: [`'2025-01-02 03:04:05.678901+02'`, `'0044-03-15 12:00 BC'`],
  uuid: [`'00000000-0000-0000-0000-000000000001'`, `'00000000-0000-0000-0000-000000000002'`],
  pair: [`'(1,"a b")'`, `'(2,)'`],
  oid: ['4000000000', '1'],
  citext: [`'Abc'`, `'x'`],
  jsonb: [`'{"a": [1]}'`, `'null'`],
};
const tables = Object.keys(types).map((type, index) => ({ type, table: `keyed_${index}` }));
const schema = `
create extension citext;
create type mood as enum ('calm', 'very busy'); create domain positive as int check (value > 0);
create type pair as (a int, b text);
${tables.map(({ type, table }) => `create table ${table} (k ${type} primary key, v int);`).join('\n')}
`;
const rows = tables
  .flatMap(({ type, table }) => types[type]?.map((value) => `insert into ${table} values (${value}, 1);`) ?? [])
  .join('\n');

describe('a row that is touched, by a key of each type', () => {
  let pair: Replicated;

  before(async () => {
    pair = await replicated(schema, rows, 'create publication followed for all tables');
  });

  after(async () => pair.close());

  it('is left out of the source and of the target while it moves, and compared when it stands still', async () => {
    const feed = await pair.openFeed();
    const { findings, moving } = await pair.verify(feed, {
      meanwhile: () => pair.source.run(tables.map(({ table }) => `update ${table} set v = v + 1`).join(';')),
    });
    assert.deepEqual(findings, []);
    assert.deepEqual(new Set(Object.values(moving?.rows ?? {})), new Set([2]));
    assert.equal(Object.keys(moving?.rows ?? {}).length, tables.length);
    assert.deepEqual((await pair.compare(feed)).findings, []);
    await pair.target.run(tables.map(({ table }) => `update ${table} set v = v + 1`).join(';'));
    const { differences } = await pair.compare(feed);
    for (const { type, table } of tables) {
      const changed = differences.get(`public.${table}`)?.rows.map(({ kind, columns }) => [kind, ...columns]);
      assert.deepEqual(
        changed,
        [
          ['changed', 'v'],
          ['changed', 'v'],
        ],
        type,
      );
    }
    await pair.target.run(tables.map(({ table }) => `update ${table} set v = v - 1`).join(';'));
  });

  it('is one row, where its key became another text that is equal', async () => {
    const feed = await pair.openFeed();
    const { table } = tables.find(({ type }) => type === 'numeric') as { table: string };
    const { findings, moving } = await pair.verify(feed, {
      meanwhile: () =>
        pair.source.run(`update ${table} set k = 1.0 where k = 1; update ${table} set k = 1.000 where k = 1`),
    });
    assert.deepEqual(findings, []);
    assert.deepEqual(moving?.rows, { [`public.${table}`]: 3 });
    assert.deepEqual((await pair.compare(feed)).findings, []);
  });
});
