import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import pg from 'pg';
import { readCatalog } from '../../../gates/catalog/catalog.ts';
import { isTaken, takeRights, writeRights } from '../../../gates/cutover/freeze/write-rights.ts';
import { rightsBeforeFreeze } from '../../../gates/cutover-schema/rights-before-freeze.ts';
import { majors, verifyDatabase } from '../verify/verify-servers.ts';

const made = `
create table "Odd name" (id int generated always as identity primary key, "a b" int, c int);
create table history (id serial primary key);
grant select, insert, update on "Odd name" to app;
grant update ("a b") on "Odd name" to app;
grant delete on "Odd name" to app with grant option;
grant insert on "Odd name" to public;
grant all on history to app;
create view seen as select id from "Odd name"; grant insert on seen to app`;
const scope = { withoutSchemas: ['sallyport'], withoutRelations: ['public.history'] };

describe('the catalog of a frozen database, with the rights that were taken', () => {
  it('is as it was before: of tables, columns, sequences and views, and nothing of what is left out', async () => {
    const { url, run } = await verifyDatabase(majors.target);
    await run(made);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const before = await readCatalog(client, scope);
      const taken = (await writeRights(client)).filter(({ grantee }) => isTaken(grantee, ['app']));
      await takeRights(client, taken, ['app']);
      const frozen = await readCatalog(client, scope);
      assert.notDeepEqual(new Map(frozen), new Map(before));
      assert.deepEqual(new Map(await rightsBeforeFreeze(client, frozen, taken)), new Map(before));
      assert.equal(await rightsBeforeFreeze(client, frozen, []), frozen);
    } finally {
      await client.end();
    }
  });
});
