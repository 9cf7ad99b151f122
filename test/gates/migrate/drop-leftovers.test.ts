import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import type { World } from '../../../gates/kernel/world.ts';
import { dropLeftovers } from '../../../gates/migrate/drop-leftovers.ts';
import { makeRoles } from '../../../infra/azure/make-roles.ts';
import { type EntraServer, entraServer } from '../../support/entra-server.ts';

describe('an invalid index that is left over, where roles are identities', () => {
  let server: EntraServer;
  let gates: Client;
  before(async () => {
    server = await entraServer();
    const { platform, database, administrator, users } = server;
    await makeRoles(platform, { database, administrator, users, timeouts: { lock: '5s', statement: '30s' } });
    gates = await server.session(users.gates);
    const migrator = await server.session(users.migrator);
    await migrator.query('create table made (id int)');
    await migrator.query('insert into made values (1), (1)');
    await assert.rejects(migrator.query('create unique index concurrently made_once on made (id)'), { code: '23505' });
    await migrator.end();
    // From here on nobody but the migration job can open a session of the migrator.
    const service = await server.session('postgres');
    await service.query(`alter role "${users.migrator}" nologin`);
    await service.end();
  });
  after(() => gates.end());

  it('is dropped by a gate that has no token of the migrator, and is no member of it afterwards', async () => {
    const { platform, database, users } = server;
    const said: string[] = [];
    const world = {
      platform: async () => platform,
      database: async () => gates,
      say: (line: string) => said.push(line),
    } as unknown as World;
    const dropped = await dropLeftovers(world, { ...database, users }, ['made_once']);
    assert.deepEqual(dropped, ['public.made_once']);
    assert.match(said.join(), /made_once is invalid and left over/);
    assert.equal((await gates.query(`select from pg_class where relname = 'made_once'`)).rowCount, 0);
    await assert.rejects(gates.query(`set role "${users.migrator}"`), { code: '42501' });
    await assert.rejects(gates.query('delete from made'), { code: '42501' });
  });
});
