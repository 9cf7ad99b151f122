import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { before, describe, it } from 'mocha';
import { compareContent } from '../../../gates/verify/compare-content.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

const modules = [{ name: 'all', tables: ['public.*'] }];
const rounds = 40;
/** Binary copies are exact to the bit and slow to compare: they are what the digest is held to. */
const reference = (client: { query(sql: string): Promise<{ rows: { all: string }[] }> }) =>
  client.query(`select string_agg(encode(int8send(id), 'hex') || encode(raw, 'hex') || encode(int8send(n), 'hex')
    || encode(float8send(f), 'hex') || encode(textsend(t), 'hex') || encode(uuid_send(u), 'hex') || b::text, ',' order by id) as all
    from public.random`);
/** Each flips one bit, or swaps one value with another row's. */
const damages = [
  () => `update random set raw = set_bit(raw, $bit, 1 - get_bit(raw, $bit)) where id = $id`,
  () => `update random set n = n # (1::int8 << ${randomInt(63)}) where id = $id`,
  () => `update random set t = overlay(t placing chr(ascii(substr(t, 9)) # 1) from 9 for 1) where id = $id`,
  () => `update random set b = not b where id = $id`,
  () =>
    `update random a set n = o.n from random o where a.id in ($id, $next) and o.id in ($id, $next) and o.id <> a.id`,
  () =>
    `update random a set t = o.t, u = o.u from random o where a.id in ($id, $next) and o.id in ($id, $next) and o.id <> a.id`,
];

describe('the digest, against a reference that compares every byte', () => {
  let source: VerifyDatabase;
  let target: VerifyDatabase;

  before(async () => {
    source = await verifyDatabase(majors.source);
    target = await verifyDatabase(majors.target);
    const rows = Array.from({ length: 300 }, (_, index) => {
      const hex = () => randomBytes(16).toString('hex');
      const int8 = randomBytes(8).readBigInt64BE();
      return `(${index}, '\\x${randomBytes(100).toString('hex')}', '${int8}', ${Math.random()}, '${hex()}', '${hex()}', ${index % 2 === 0})`;
    });
    const table = 'create table random (id int8 primary key, raw bytea, n int8, f float8, t text, u uuid, b bool)';
    for (const side of [source, target]) await side.run(`${table}; insert into random values ${rows.join()}`);
  });

  it(`says the same of ${rounds} damages at random places`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const [bit, id] = [String(randomInt(800)), randomInt(299)];
      const damage = (damages[round % damages.length] as () => string)()
        .replaceAll('$bit', bit)
        .replaceAll('$id', String(id))
        .replaceAll('$next', String(id + 1));
      const [here, there] = [await source.snapshot(), await target.changed(damage)];
      try {
        const sides = [here.sessions[0], there.sessions[0]].map(
          (client) => client as unknown as Parameters<typeof reference>[0],
        );
        const [one, other] = await Promise.all(sides.map(async (client) => (await reference(client)).rows[0]?.all));
        const { findings } = await compareContent(here, there, { modules, limit: 20, values: false });
        assert.equal(findings.length === 0, one === other, damage);
        assert.notEqual(one, other, `no damage: ${damage}`);
      } finally {
        await here.close();
        await there.close();
      }
    }
  });
});
