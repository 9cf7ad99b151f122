import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import type { World } from '../../../gates/kernel/world.ts';
import { oldTransactions } from '../../../gates/migrate/old-transactions.ts';
import { type DeskDatabase, type DeskServer, query, startDeskServer } from '../../stacks/app/desk-database.ts';

describe('old transactions', () => {
  let server: DeskServer;
  let database: DeskDatabase;
  let other: Client;
  before(async () => {
    server = await startDeskServer();
    database = await server.create('busy');
    other = new Client({ connectionString: database.app, application_name: 'a report' });
    await other.connect();
    await other.query('begin isolation level repeatable read; select 1');
  });
  after(async () => {
    await other.end();
    await server.stop();
  });

  /** Those that a session of this role is told of. */
  async function seenBy(url: string) {
    const client = new Client({ connectionString: url });
    await client.connect();
    const world = { database: async () => client, signal: new AbortController().signal, say: () => undefined };
    try {
      return await oldTransactions(world as unknown as World, { olderThanSeconds: 0, waitSeconds: 0 });
    } finally {
      await client.end();
    }
  }

  it('are named', async () => {
    await query(database.admin, 'grant pg_monitor to migrator');
    for (const url of [database.admin, database.migrator]) {
      const [line, ...more] = await seenBy(url);
      assert.match(line ?? '', /^pid \d+ \(a report, idle in transaction, in transaction for \d+ s\)$/);
      assert.deepEqual(more, []);
    }
  });

  it('are not taken for none by a role that may not see the sessions of others', async () => {
    await query(database.admin, 'revoke pg_monitor from migrator');
    await assert.rejects(
      seenBy(database.migrator),
      (error) => error instanceof GateError && error.findings[0]?.code === 'ACTIVITY_UNREADABLE',
    );
  });
});
