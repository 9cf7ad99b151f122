import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import { ensureLedger } from '../../../gates/kernel/ledger/schema.ts';
import { setRoleTimeouts } from '../../../gates/migrate/role-timeouts.ts';
import { makeRoles, type RolesWanted } from '../../../infra/azure/make-roles.ts';
import { ddlRights, missingRights } from '../../../infra/azure/role-facts.ts';
import { type EntraServer, entraServer } from '../../support/entra-server.ts';

describe('the roles inside a flexible server', () => {
  let server: EntraServer;
  let wanted: RolesWanted;
  before(async () => {
    server = await entraServer();
    const { database, administrator, users } = server;
    wanted = { database, administrator, users, timeouts: { lock: '5s', statement: '30s' } };
    await makeRoles(server.platform, wanted);
  });

  async function as<T>(user: string, work: (client: Awaited<ReturnType<EntraServer['session']>>) => Promise<T>) {
    const client = await server.session(user);
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** What is wrong with the roles as the administrator sees it. */
  const wrong = () =>
    as(server.administrator, async (client) => [
      ...(await missingRights(client, wanted.users, wanted.timeouts)),
      ...(await ddlRights(client, wanted.users.app)),
    ]);

  /** Breaks something, and gives what is wrong then. */
  async function broken(how: string, by = 'postgres') {
    await as(by, (client) => client.query(how));
    return wrong();
  }

  const make = (changes: Partial<RolesWanted> = {}) => makeRoles(server.platform, { ...wanted, ...changes });

  it('are complete when they are made, and making them again changes nothing', async () => {
    assert.deepEqual(await wrong(), []);
    await make();
    assert.deepEqual(await wrong(), []);
  });

  it('leave the administrator no member of them, and nothing of the proof', async () => {
    await as(server.administrator, async (client) => {
      await assert.rejects(client.query(`set role "${wanted.users.migrator}"`), { code: '42501' });
      const { rows } = await client.query(`select relname from pg_class where relname like 'sallyport_probe%'`);
      assert.deepEqual(rows, []);
    });
  });

  it('let the migrator make tables that the app can use, and not change', async () => {
    await as(wanted.users.migrator, async (client) => {
      await client.query('create table made (id int generated always as identity, note text)');
      await client.query('create schema more');
      await client.query('create table more.made (id int)');
      const { rows } = await client.query('show lock_timeout');
      assert.deepEqual(rows, [{ lock_timeout: '5s' }]);
    });
    await as(wanted.users.app, async (client) => {
      await client.query(`insert into made (note) values ('it works')`);
      await client.query('insert into more.made values (1)');
      for (const ddl of ['create table mine ()', 'drop table made', 'alter table made add column x int']) {
        await assert.rejects(client.query(ddl), { code: '42501' }, ddl);
      }
    });
  });

  it('let the gates keep a ledger, read the data, set timeouts, and not write the data', async () => {
    await as(wanted.users.gates, async (client) => {
      await ensureLedger(client);
      await client.query('select * from made');
      await assert.rejects(client.query(`insert into made (note) values ('no')`), { code: '42501' });
      await setRoleTimeouts(client, wanted.users.migrator, { lock: '7s', statement: '40s' });
    });
    assert.deepEqual(await wrong(), [
      `"${wanted.users.migrator}" has no lock_timeout=5s`,
      `"${wanted.users.migrator}" has no statement_timeout=30s`,
    ]);
    await make();
    assert.deepEqual(await wrong(), []);
  });

  it('are mended when a right was taken away', async () => {
    const { app, migrator } = wanted.users;
    assert.equal((await broken(`revoke usage on schema public from "${app}"`)).length, 1);
    const revoked = `alter default privileges for role "${migrator}" revoke insert on tables from "${app}"`;
    assert.equal((await broken(revoked)).length, 2);
    assert.equal((await broken('alter schema public owner to azure_pg_admin')).length, 3);
    await make();
    assert.deepEqual(await wrong(), []);
  });

  for (const [what, grant, revoke] of [
    ['may create in a schema', 'grant create on schema more to "APP"', 'revoke create on schema more from "APP"'],
    ['may create schemas', 'grant create on database DB to "APP"', 'revoke create on database DB from "APP"'],
    ['may make roles', 'alter role "APP" createrole', 'alter role "APP" nocreaterole'],
    ['is a member of the migrator', 'grant "MIGRATOR" to "APP"', 'revoke "MIGRATOR" from "APP"'],
    ['owns a table', 'alter table more.made owner to "APP"', 'alter table more.made owner to "MIGRATOR"'],
  ] as const) {
    it(`are refused where the app ${what}, which is seen as drift`, async () => {
      const { app, migrator } = wanted.users;
      const named = (sql: string) =>
        sql.replace('DB', server.database.database).replace('APP', app).replace('MIGRATOR', migrator);
      assert.notDeepEqual(await broken(named(grant)), []);
      try {
        await assert.rejects(
          make(),
          (error) => error instanceof GateError && /^BLOCKER APP_MAY_DO_DDL/.test(error.message),
        );
      } finally {
        await as('postgres', (client) => client.query(named(revoke)));
      }
      assert.deepEqual(await wrong(), []);
    });
  }

  it('are refused over tables that somebody else owns, and nothing is changed', async () => {
    const found = await broken('create table theirs ()');
    assert.match(found.join(), /^public\.theirs belongs to "postgres" and not to "id-sallyport-migrate-/);
    try {
      await assert.rejects(
        make({ timeouts: { lock: '9s', statement: '9s' } }),
        /DATABASE_ROLES_NOT_MADE.*public\.theirs/,
      );
      assert.equal((await wrong()).length, 1, 'the timeouts are those from before');
    } finally {
      await as('postgres', (client) => client.query('drop table theirs'));
    }
  });

  it('are refused by a server that does not let the administrator administer them', async () => {
    const { platform, database, administrator, users } = await entraServer({ administrable: false });
    const { timeouts } = wanted;
    await assert.rejects(
      makeRoles(platform, { database, administrator, users, timeouts }),
      /DATABASE_ROLES_NOT_MADE .*permission denied/,
    );
  });

  it('can be made by an administrator who is the gates himself', async () => {
    const { platform, database, administrator, users } = await entraServer();
    const own = { ...wanted, database, administrator, users: { ...users, gates: administrator } };
    await makeRoles(platform, own);
    await makeRoles(platform, own);
  });
});
