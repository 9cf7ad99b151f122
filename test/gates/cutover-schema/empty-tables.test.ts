import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import pg from 'pg';
import { deferSlow } from '../../../gates/cutover-schema/deferred.ts';
import { emptyTables } from '../../../gates/cutover-schema/empty-tables.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify/verify-servers.ts';

const schema = `
create table cases (id int primary key); create table holds (id int primary key references cases);
create table "Odd ""x""" () inherits (cases);
create table parts (id int primary key) partition by hash (id);
create table parts_1 partition of parts for values with (modulus 1, remainder 0);
create table audit (what text);
create function keep() returns trigger language plpgsql as $$ begin insert into public.audit values (tg_table_name); return null; end $$;
create trigger kept after truncate on cases execute function keep();
insert into cases values (1); insert into holds values (1); insert into "Odd ""x""" values (2); insert into parts values (3);
`;

describe('tables that are emptied', function () {
  this.timeout(120_000);
  let database: VerifyDatabase;
  before(async () => {
    database = await verifyDatabase(majors.target);
    await database.run(schema);
  });

  async function empty(role: string) {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await deferSlow(client);
      await client.query(`set role ${role}`);
      return await emptyTables(client);
    } finally {
      await client.end();
    }
  }

  it('are named when they have rows all the same, where triggers cannot be silenced', async () => {
    await database.run(`create table later (id int); grant usage on schema public to migrator`);
    for (const table of ['cases', 'holds', '"Odd ""x"""', 'parts', 'parts_1', 'audit', 'later']) {
      await database.run(`alter table ${table} owner to migrator`);
    }
    assert.deepEqual(await empty('migrator'), { tables: 6, left: ['public.audit'] });
  });

  it('have no row afterwards, partitions and children neither, and no trigger fires', async () => {
    await database.run(
      `insert into cases values (1); insert into "Odd ""x""" values (2); insert into parts values (3)`,
    );
    assert.deepEqual(await empty('postgres'), { tables: 6, left: [] });
    for (const table of ['cases', 'parts', 'audit']) {
      assert.deepEqual((await database.run(`select from ${table}`)).rowCount, 0);
    }
  });
});
