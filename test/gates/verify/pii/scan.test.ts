import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { type PiiPattern, pattern, piiPatterns } from '../../../../gates/verify/pii/patterns.ts';
import { scanPii } from '../../../../gates/verify/pii/scan.ts';
import { firstSession } from '../../../../gates/verify/snapshot.ts';
import { readTableShapes } from '../../../../gates/verify/table-shape.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify-servers.ts';

const types = `
create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create domain loose_text as text collate loose; create domain texts as text[];
create type pair as (a int, b text); create type label as enum ('user@example.com', 'none');
create type words as range (subtype = text);
create extension citext; create extension hstore;
`;
const address = 'user@example.com';
/** Column type → a value with an address in it. */
const holding: readonly (readonly [string, string])[] = [
  ['text collate loose', `'${address}'`],
  ['loose_text', `'${address}'`],
  ['name', `'${address}'`],
  ['name[]', `array['${address}']::name[]`],
  ['text[]', `array['x', '${address}']`],
  ['text[][]', `array[array['x', '${address}']]`],
  ['texts', `array['${address}']`],
  ['loose_text[]', `array['${address}']::loose_text[]`],
  ['pair[]', `array[row(1, '${address}')::pair]`],
  ['label', `'${address}'`],
  ['words', `words('${address}', 'z')`],
  ['xml', `'<a>${address}</a>'`],
  ['xml[]', `array['<a>${address}</a>'::xml]`],
  ['tsvector', `'${address}'::tsvector`],
  ['tsvector[]', `array['${address}'::tsvector]`],
  ['tsquery', `$$'${address}'$$::tsquery`],
  ['jsonpath', `'$.a ? (@ == "${address}")'`],
  ['citext', `'${address}'`],
  ['hstore', `hstore('a', '${address}')`],
  ['json', `'"user\\u0040example.com"'`],
  ['json', `'"\\u0075SER\\u0040example\\u002eCOM"'`],
  ['json[]', `array['"user\\u0040example.com"'::json]`],
  ['jsonb', `'{"${address}": 1}'`],
];
const card = '4111111111111111';
/** Column type → a value with a number in it, and what is found. */
const numbers: readonly (readonly [string, string, RegExp])[] = [
  ...[`${card} 12/27`, `${card} 123`, `order 17 ${card}`, `12 34 56 78 90 12 34 ${card}`].map(
    (text) => ['text', `'${text}'`, /^payment card 4\*{14}1$/] as const,
  ),
  ['jsonb', `jsonb_build_object('note', E'paid\\n${card}')`, /^payment card 4\*{14}1$/],
  ['json', `json_build_object('note', E'paid\\n${card}')`, /^payment card 4\*{14}1$/],
  ['jsonb[]', `array[jsonb_build_object('note', E'paid\\n${card}')]`, /^payment card 4\*{14}1$/],
  ['text', `'DE89370400440532013000 EUR'`, /^IBAN D\*{20}0$/],
  ['text', `'DE89370400440532013000 TESTDEFF100'`, /^IBAN D\*{20}0$/],
  ['text', `'IBAN DE89 3704 0044 0532 0130 00 BIC TESTDEFF100'`, /^IBAN D\*{25}0$/],
];
/** Column type → a value in which there is nothing to find. */
const clean: readonly (readonly [string, string])[] = [
  ['int8', card],
  ['bytea', `'${address}'`],
  ['timestamptz[]', `array['2025-02-10 11:00:00+00'::timestamptz]`],
  ['uuid', `'41111111-1111-4111-8111-111111111111'`],
  ['text', `'41111111-1111-4111-8abc-111111111111'`],
  ['text', `'0.${card}'`],
  ['text', `'2025-02-10 11:00:00 2025-02-10 11:00:00.123456+02'`],
  ['json', `'"\\ud83d\\ude00 \\ud800 \\u0000 \\\\u0040 C:\\\\user \\/ \\""'`],
  ['json', `'"user\\\\u0040example.com"'`],
  ['json', 'null'],
  ['jsonb', `'{"a": "\\u0001\\n\\t"}'`],
];

for (const major of [majors.source, majors.target]) {
  describe(`personal data on PostgreSQL ${major}`, () => {
    let database: VerifyDatabase;

    before(async () => {
      database = await verifyDatabase(major);
      await database.run(types);
    });

    for (const [type, value] of holding) {
      it(`is found in a column of type ${type}: ${value}`, async () => {
        const found = await scan(`create table t (c ${type}); insert into t values (${value})`);
        assert.deepEqual(found.length, 1, found.join());
        assert.match(found[0] ?? '', /^public\.t\.c: email [uU]\*{14}[mM]$/);
      });
    }

    for (const [type, value, found] of numbers) {
      it(`is found beside other text in a column of type ${type}: ${value}`, async () => {
        const lines = await scan(`create table t (c ${type}); insert into t values (${value})`);
        assert.equal(lines.length, 1, lines.join());
        assert.match(lines[0]?.replace('public.t.c: ', '') ?? '', found);
      });
    }

    it('is not found where there is none', async () => {
      const columns = clean.map(([type], index) => `c${index} ${type}`).join();
      const values = clean.map(([, value]) => value).join();
      assert.deepEqual(await scan(`create table t (${columns}); insert into t values (${values})`), []);
    });

    it('is found in a partition, and behind more numbers than are fetched at once', async () => {
      const parts = `create table t (id int, c text) partition by range (id);
        create table t1 partition of t for values from (0) to (1000); create table t2 partition of t default;
        insert into t select i, '4111111111111112' from generate_series(1, 400) i`;
      assert.deepEqual(await scan(parts), []);
      assert.deepEqual(await scan(`${parts}; insert into t values (5000, 'paid with ${card}')`), [
        `public.t.c: payment card 4${'*'.repeat(14)}1`,
      ]);
    });

    it('is found in a megabyte of groups', async () => {
      const found = await scan(`create table t (c text); insert into t values (repeat('12 34 ', 170000) || '${card}')`);
      assert.deepEqual(found, [`public.t.c: payment card 4${'*'.repeat(14)}1`]);
    });

    it('of a kind that is configured is found, and nothing where there is none', async () => {
      const kinds = [pattern('insurance-number', '(?<![0-9])756[.][0-9]{4}[.][0-9]{4}[.][0-9]{2}(?![0-9])')];
      const rows = (number: string) =>
        `create table t (c text); insert into t values ('x'), ('insured: ${number}, yes')`;
      assert.deepEqual(await scan(rows('756.1234.5678.97'), kinds), [
        `public.t.c: insurance-number 7${'*'.repeat(14)}7`,
      ]);
      assert.deepEqual(await scan(rows('757.1234.5678.97'), kinds), []);
    });

    async function scan(sql: string, patterns: readonly PiiPattern[] = piiPatterns): Promise<readonly string[]> {
      const snapshot = await database.changed(sql);
      try {
        const client = firstSession(snapshot);
        const findings = await scanPii(client, await readTableShapes(client), { patterns, declared: [] });
        return findings.map(({ about, found }) => `${about}: ${found}`);
      } finally {
        await snapshot.close();
      }
    }
  });
}
