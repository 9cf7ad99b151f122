import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { markBuilding, markCandidate, readCandidate } from '../../../gates/cutover/candidate.ts';
import { databaseId } from '../../../gates/cutover/database-id.ts';
import { ensureLedger, hasLedger } from '../../../gates/kernel/ledger/schema.ts';
import { freshDatabase, type TestDatabase } from '../local-environment.ts';

const of = { cutover: 'move', plan: 'p'.repeat(64), source: '1/5' };

describe('the mark of a candidate', () => {
  let database: TestDatabase;
  let client: Client;
  before(async () => {
    database = await freshDatabase();
    client = await database.session();
  });
  after(() => client.end());

  it('is not in a database that is none', async () => assert.equal(await readCandidate(client), undefined));

  it('keeps every gate out from the first moment on, whatever became of the build', async () => {
    const build = await markBuilding(client, of);
    for (const state of ['building', 'verified', 'refused'] as const) {
      if (state !== 'building') await markCandidate(client, build, state, 'why');
      assert.equal((await readCandidate(client))?.state, state);
      for (const look of [hasLedger, ensureLedger]) {
        await assert.rejects(look(client), new RegExp(`CANDIDATE_UNFINISHED.*cutover move, ${state}`));
      }
    }
  });

  it('lets gates in once it serves, and not the next build of the same database', async () => {
    const build = await markBuilding(client, of);
    await markCandidate(client, build, 'serving', '');
    await ensureLedger(client);
    assert.equal(await hasLedger(client), true);
    assert.notEqual(await markBuilding(client, of), build);
    await assert.rejects(hasLedger(client), /CANDIDATE_UNFINISHED/);
    await assert.rejects(markCandidate(client, build, 'serving', ''), /not of build/);
  });

  it('is told apart by the database, under whatever address', async () => {
    const other = await (await freshDatabase()).session();
    try {
      const again = await database.session('migrator');
      assert.equal(await databaseId(again), await databaseId(client));
      assert.notEqual(await databaseId(other), await databaseId(client));
      await again.end();
    } finally {
      await other.end();
    }
  });
});
