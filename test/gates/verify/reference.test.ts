import assert from 'node:assert/strict';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { before, describe, it } from 'mocha';
import { compareContent } from '../../../gates/verify/compare-content.ts';
import { firstSession, type Snapshot } from '../../../gates/verify/snapshot.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

const modules = [{ name: 'all', tables: ['public.*'] }];
const rounds = 6;
const size = 300;
/** Equal rows, divided by an integer, by the hash of a key, and by their content. */
const tables = ['by_id', 'by_uuid', 'no_key'] as const;
const make = `
create table by_id (id int8 primary key, raw bytea, n int8, f float8, r float4, t text, u uuid, b bool, x numeric, j jsonb, a int4[], at timestamptz);
create table by_uuid (like by_id, primary key (u)); create table no_key (like by_id);`;

/** Binary copies are exact to the bit and slow to compare: they are what the digest is held to. */
const sent = ['int8send(id)', 'raw', 'int8send(n)', 'float8send(f)', 'float4send(r)', 'textsend(t)', 'uuid_send(u)']
  .concat(['boolsend(b)', 'numeric_send(x)', 'jsonb_send(j)', 'array_send(a)', 'timestamptz_send(at)'])
  .map((bytes) => `encode(${bytes}, 'hex')`)
  .join(` || '/' || `);

/** Column → SQL of its value with one bit or one digit changed, at a random place. */
const damages: Readonly<Record<string, () => string>> = {
  // No bit by which it would be another row's.
  id: () => flipped('id', 9 + randomInt(55)),
  u: () => {
    const place = randomInt(8) + 1;
    return `overlay(u::text placing to_hex(('x' || substr(u::text, ${place}, 1))::bit(4)::int # ${2 ** randomInt(4)}) from ${place} for 1)::uuid`;
  },
  raw: () => `set_bit(raw, $1, 1 - get_bit(raw, $1))`.replaceAll('$1', String(randomInt(800))),
  n: () => flipped('n', randomInt(64)),
  'n, the sign': () => flipped('n', 63),
  f: () => `(${floatOf('f', 52)})`,
  r: () => `(${floatOf('r', 23)})::float4`,
  t: () => {
    const place = randomInt(32) + 1;
    return `overlay(t placing chr(ascii(substr(t, ${place})) # ${2 ** randomInt(4)}) from ${place} for 1)`;
  },
  b: () => 'not b',
  x: () => `x + ('1e-' || ${randomInt(10)})::numeric`,
  'x, its scale': () => 'x::numeric(40, 11)',
  j: () => {
    const place = randomInt(8);
    return `jsonb_set(j, '{list,${place}}', to_jsonb((j -> 'list' -> ${place})::int # ${2 ** randomInt(30)}))`;
  },
  a: () => {
    const place = randomInt(8);
    return `a[:${place}] || (a[${place + 1}] # (1 << ${randomInt(32)})) || a[${place + 2}:]`;
  },
  at: () => `at + ${2 ** randomInt(50)} * interval '1 us'`,
};

describe('the digest, against a reference that compares every byte', () => {
  let source: VerifyDatabase;
  let target: VerifyDatabase;

  before(async () => {
    source = await verifyDatabase(majors.source);
    target = await verifyDatabase(majors.target);
    const rows = Array.from({ length: size }, (_, id) => {
      const hex = () => randomBytes(16).toString('hex');
      const int8 = randomBytes(8).readBigInt64BE();
      const numbers = Array.from({ length: 8 }, () => randomBytes(4).readInt32BE());
      const list = numbers.map((number) => Math.abs(number >> 1));
      return `(${id}, '\\x${randomBytes(100).toString('hex')}', '${int8}', ${Math.random()}, ${Math.random()}, '${hex()}', '${randomUUID()}',
        ${id % 2 === 0}, ${randomInt(2 ** 40)}.${String(randomInt(10 ** 10)).padStart(10, '0')}, '{"list": [${list}]}', '{${numbers}}',
        '2025-01-01 00:00+00'::timestamptz + ${randomInt(2 ** 45)} * interval '1 us')`;
    });
    for (const side of [source, target]) {
      await side.run(`${make} insert into by_id values ${rows.join()};
        insert into by_uuid select * from by_id; insert into no_key select * from by_id`);
    }
  });

  for (const table of tables) {
    for (const [what, value] of Object.entries(damages)) {
      it(`says the same of ${table}.${what}, damaged at random places, and names the row`, async () => {
        const [column = ''] = what.split(',');
        for (let round = 0; round < rounds; round += 1) {
          const id = randomInt(size);
          const damage = `update ${table} set ${column} = ${value()} where id = ${id}`;
          const { key, rows } = await differing(table, damage, id);
          if (table === 'no_key' || column in key) {
            assert.deepEqual(rows.map(({ kind }) => kind).sort(), ['missing', 'not expected'], damage);
          } else {
            assert.deepEqual(
              rows.map(({ kind, key, columns }) => ({ kind, key, columns })),
              [{ kind: 'changed', key, columns: [column] }],
              damage,
            );
          }
        }
      });
    }

    for (const swapped of ['n', 't', 'x', 'a', 'n, t']) {
      it(`says the same of ${table} where two rows have each other's ${swapped}, and names both`, async () => {
        const id = randomInt(size - 1);
        const values = swapped.replaceAll(/\w/g, 'o.$&');
        const damage = `update ${table} a set (${swapped}) = row(${values}) from ${table} o
          where a.id in (${id}, ${id + 1}) and o.id in (${id}, ${id + 1}) and o.id <> a.id`;
        assert.equal((await differing(table, damage, id)).rows.length, table === 'no_key' ? 4 : 2, damage);
      });
    }
  }

  /** What is found after a damage of the target, which the reference must see too; and the key of the row with this id. */
  async function differing(table: (typeof tables)[number], damage: string, id: number) {
    const [here, there] = [await source.snapshot(), await target.changed(damage)];
    try {
      assert.notEqual(await bytesOf(here, table), await bytesOf(there, table), `no damage: ${damage}`);
      const { findings, differences } = await compareContent(here, there, { modules, limit: 20, values: false });
      assert.deepEqual(
        findings.map(({ code, about }) => [code, about]),
        [['CONTENT_DIFFERS', `public.${table}`]],
        damage,
      );
      const named = table === 'by_uuid' ? 'u' : 'id';
      const { rows } = await firstSession(here).query(
        `select ${named}::text as key from public.${table} where id = ${id}`,
      );
      return { key: { [named]: rows[0].key }, rows: differences.get(`public.${table}`)?.rows ?? [] };
    } finally {
      await here.close();
      await there.close();
    }
  }

  async function bytesOf(side: Snapshot, table: string): Promise<string> {
    const { rows } = await firstSession(side).query(
      `select string_agg(${sent}, ',' order by id) as all from public.${table}`,
    );
    return rows[0].all;
  }
});

function flipped(column: string, bit: number): string {
  return `${column} # (1::int8 << ${bit})`;
}

/** A number between 0 and 1 with a bit of its fraction changed: one of less weight than its highest, by its size. */
function floatOf(column: string, bits: number): string {
  return `${column}::float8 + power(2, floor(log(2, ${column}::numeric))::int - ${randomInt(bits) + 1}) * (case when random() < 0.5 then 1 else -1 end)`;
}
