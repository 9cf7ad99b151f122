import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { encodingOf } from '../../../gates/verify/encoding.ts';
import { rowDigest } from '../../../gates/verify/row-digest.ts';
import { firstSession } from '../../../gates/verify/snapshot.ts';
import { readTableShapes } from '../../../gates/verify/table-shape.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

const numbers = `array[0, 1, -1, 2, 3, 84, 85, 4294967295, 4294967296, 4294967297, 281474976710656, null]::int8[]`;
const texts = `array['', ' ', '0', '1', 'a', 'ab', null]`;
/** Every pair of values that could be taken for another: integers of two halves, blanks, and NULLs in either place. */
const tables = `
create table two_numbers as select a, b from unnest(${numbers}) a, unnest(${numbers}) b;
create table number_and_blanks as select a, b::bpchar from unnest(${numbers}) a,
  unnest(array['', ' ', '  ', 'a', 'a ', 'a  ', repeat(' ', 84), repeat(' ', 85), null]) b;
create table number_and_char as select a, b::char(3) from unnest(${numbers}) a, unnest(array['', 'a', 'ab', ' a', 'abc', null]) b;
create table number_and_text as select a, b from unnest(${numbers}) a, unnest(${texts}) b;
create table two_texts as select a, b from unnest(${texts}) a, unnest(${texts}) b;
create table small as select a::bool, b::date, c::int2 from unnest(array[true, false, null]) a,
  unnest(array['-infinity', 'infinity', '2000-01-01', '1999-12-31', '2000-01-02', '5874897-12-31', null]::date[]) b,
  unnest(array[-1, 0, 1, null]) c;
create table numerics as select a, b from unnest(array[0, 0.0, -1, 1, 1.0, 'NaN', 'Infinity', '-Infinity', null]::numeric[]) a,
  unnest(array[0, 0.0, -1, 1, 1.0, 'NaN', 'Infinity', '-Infinity', null]::numeric[]) b;
create table moments as select m::timestamptz, m::timestamptz at time zone 'UTC' as t from (
  select '1928-08-20 00:00+00'::timestamptz + ((i::float8 * 236677.127)::int8::text || ' s')::interval
    + ((i * 7919) % 1000000 || ' us')::interval as m from generate_series(1, 20000) i
  union all select unnest(array['-infinity', 'infinity', '4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00']::timestamptz[])
  union all select e::timestamptz + (d || ' us')::interval from generate_series(-3, 3) d,
    unnest(array['2000-01-01', '1930-01-01', '2070-01-01', '1970-01-01', '9999-12-31']) e) x;
`;

describe('the digest of a row', () => {
  const servers: VerifyDatabase[] = [];

  before(async () => {
    for (const major of [majors.source, majors.target]) {
      const database = await verifyDatabase(major);
      await database.run(`set timezone = 'UTC'; ${tables}`);
      servers.push(database);
    }
  });

  for (const table of [
    'two_numbers',
    'number_and_blanks',
    'number_and_char',
    'number_and_text',
    'two_texts',
    'small',
    'numerics',
  ]) {
    it(`is another one, in both halves, for every row of ${table}, and the same on two major versions`, async () => {
      const found = await Promise.all(servers.map((server) => digests(server, table)));
      const [first] = found;
      assert.ok(first !== undefined && first.length > 20);
      for (const half of ['first', 'second'] as const) {
        assert.equal(new Set(first.map((row) => row[half])).size, first.length);
      }
      assert.deepEqual(found[1], first);
    });
  }

  it('has every microsecond of a timestamp as PostgreSQL stores it, wherever it is in time', async () => {
    for (const server of servers) {
      const snapshot = await server.snapshot();
      const client = firstSession(snapshot);
      const shape = (await readTableShapes(client)).find(({ name }) => name === 'public.moments');
      for (const column of shape?.columns ?? []) {
        const stored = `('x' || encode(${column.type}_send(t.${column.name}), 'hex'))::bit(64)::int8`;
        const { rows } = await client.query(
          `select count(*)::int as rows, count(*) filter (where ${stored} is distinct from ${encodingOf(column).sql})::int as other from public.moments t`,
        );
        assert.ok(rows[0].rows > 20_000);
        assert.equal(rows[0].other, 0, column.type);
      }
      await snapshot.close();
    }
  });

  async function digests(server: VerifyDatabase, table: string): Promise<{ first: string; second: string }[]> {
    const snapshot = await server.snapshot();
    const client = firstSession(snapshot);
    const shape = (await readTableShapes(client)).find(({ name }) => name === `public.${table}`);
    const { converted, states } = rowDigest(shape?.columns ?? []);
    const { rows } = await client.query<{ first: string; second: string }>(
      `select ${states[0]}::text as first, ${states[1]}::text as second from (select ${converted} from public.${table} t offset 0) c order by 1, 2`,
    );
    await snapshot.close();
    return rows;
  }
});
