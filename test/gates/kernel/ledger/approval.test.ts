import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { approvalsOf, letApprove, writeApproval } from '../../../../gates/kernel/ledger/approval.ts';
import { cutoverEvents, recordEvent } from '../../../../gates/kernel/ledger/cutover-event.ts';
import { ensureLedger } from '../../../../gates/kernel/ledger/schema.ts';
import { freshDatabase } from '../../local-environment.ts';

const root = 'a'.repeat(64);
const plan = 'b'.repeat(64);

describe('approvals in the ledger', () => {
  let gates: Client;
  let app: Client;
  before(async () => {
    const database = await freshDatabase();
    [gates, app] = [await database.session(), await database.session('app')];
    await ensureLedger(gates);
  });
  after(() => Promise.all([gates, app].map((client) => client.end())));

  it("are nobody else's to write", async () => {
    await assert.rejects(writeApproval(app, 'move', { root, plan, note: '' }), /permission denied/);
  });

  it('say who the server saw, and no reviewer can say otherwise', async () => {
    assert.equal(await letApprove(gates, 'app'), true);
    const { byRole } = await writeApproval(app, 'move', { root, plan, note: 'looked at the scan' });
    assert.equal(byRole, 'app');
    const forged = `insert into sallyport.approval (cutover, root, plan, note, by_role) values ('move', 'r', 'p', '', 'reviewer')`;
    await assert.rejects(app.query(forged), /permission denied/);
    await assert.rejects(app.query('update sallyport.approval set root = plan'), /permission denied/);
    await assert.rejects(app.query('select * from sallyport.attempt'), /permission denied/);
  });

  it('are those of one cutover, the newest first', async () => {
    await writeApproval(app, 'move', { root: plan, plan: root, note: 'again' });
    await writeApproval(app, 'other', { root, plan, note: '' });
    assert.deepEqual(
      (await approvalsOf(gates, 'move')).map(({ note }) => note),
      ['again', 'looked at the scan'],
    );
  });

  it('are given from the last step of a name on, where one is named', async () => {
    const notes = async () => (await approvalsOf(gates, 'move', 'came back')).map(({ note }) => note);
    assert.deepEqual(await notes(), ['again', 'looked at the scan']);
    await recordEvent(gates, 'other', 'came back');
    assert.deepEqual(await notes(), ['again', 'looked at the scan']);
    await recordEvent(gates, 'move', 'came back');
    assert.deepEqual(await notes(), []);
    await writeApproval(app, 'move', { root, plan, note: 'anew' });
    assert.deepEqual(await notes(), ['anew']);
  });

  it('cannot be given by a role that is not there', async () => assert.equal(await letApprove(gates, 'nobody'), false));
});

describe('the steps of a cutover in the ledger', () => {
  it('are kept in their order, for each cutover by itself', async () => {
    const client = await (await freshDatabase()).session();
    try {
      await ensureLedger(client);
      await recordEvent(client, 'move', 'freeze', { roles: ['app'] });
      await recordEvent(client, 'other', 'freeze');
      await recordEvent(client, 'move', 'thaw');
      const events = await cutoverEvents(client, 'move');
      assert.deepEqual(
        events.map(({ step, detail }) => [step, detail]),
        [
          ['freeze', { roles: ['app'] }],
          ['thaw', {}],
        ],
      );
    } finally {
      await client.end();
    }
  });
});
