import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { readEnvironment } from '../../infra/local/environment.ts';
import { type CutoverProject, cutoverProject } from '../support/cutover-project.ts';
import { type DeskLoad, loadDesk } from '../support/desk-load.ts';
import { workAsOperator } from '../support/operator-roles.ts';
import { assertServing } from '../support/promotion-project.ts';

const replication = `
select slot_name::text as name from pg_replication_slots where slot_name like 'sallyport%'
union all select pubname::text from pg_publication where pubname like 'sallyport%'
union all select subname::text from pg_subscription where subname like 'sallyport%'`;

describe('a cutover by an operator who is a superuser on neither side', () => {
  let desk: CutoverProject;
  before(async () => {
    desk = await cutoverProject();
    // The owner of the tables writes too: with its rights the freeze takes those that the operator had as its member.
    desk.config.cutover.freeze.roles = ['app', 'migrator'];
    await workAsOperator(desk);
  });
  after(() => desk?.remove());

  const pointer = async () => (await readEnvironment(desk.project.directory))?.database.port;
  const portOf = async (side: 'source' | 'target') => Number(new URL(await desk.url(side)).port);
  /** The application is used meanwhile; every write that it acknowledged is there afterwards, and no read failed. */
  const used = async (side: 'source' | 'target', work: () => Promise<void>) => {
    const load = await loadDesk(desk.project);
    let seen: DeskLoad;
    try {
      await work();
    } finally {
      seen = await load.stop();
    }
    const rows = await desk.sql<{ reference: string }>(side, 'select reference from events');
    const kept = new Set(rows.map(({ reference }) => reference));
    assert.deepEqual(
      seen.acknowledged.filter((reference) => !kept.has(reference)),
      [],
    );
    assert.ok(seen.acknowledged.length > 0, 'no write was taken');
    assert.deepEqual(seen.failedReads, [], `of ${seen.reads} reads`);
  };

  it('is built, verified and rehearsed', async () => {
    desk.config.cutover.stage = 'verify';
    const { code, output } = await desk.cutover();
    assert.equal(code, 0, output);
    const rehearsed = await desk.tool('rehearse-rollback');
    assert.equal(rehearsed.code, 0, rehearsed.output);
  });

  it('is flipped to, and followed by the source', async () => {
    const { root } = await desk.evidence('verification.json');
    assert.equal((await desk.tool('approve', root)).code, 0);
    desk.config.cutover.stage = 'all';
    await used('target', async () => {
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
    });
    assert.equal(await pointer(), await portOf('target'));
    const [back] = await desk.sql<{ owner: string; superuser: boolean; password: boolean }>(
      'source',
      `select r.rolname as owner, r.rolsuper as superuser, s.subpasswordrequired as password
       from pg_subscription s join pg_roles r on r.oid = s.subowner where subname = 'sallyport_desk_back'`,
    );
    assert.deepEqual(back, { owner: 'mover', superuser: false, password: true });
  });

  it('goes back with every row that was written meanwhile', async () => {
    await used('target', async () => {});
    await used('source', async () => {
      const { code, output } = await desk.tool('way-back');
      assert.equal(code, 0, output);
    });
    assert.equal(await pointer(), await portOf('source'));
    await assertServing(desk.project, desk.project.config.release.sha);
    const [missing] = await desk.sql<{ events: string }>('target', 'select count(*) as events from events');
    assert.notEqual(missing?.events, '0');
  });

  it('leaves nothing that replicates when it is given up', async () => {
    const { code, output } = await desk.cutover('destroy', '--yes', '--skip-preview');
    assert.equal(code, 0, output);
    assert.deepEqual(await desk.sql('source', replication), []);
    assert.deepEqual(await desk.sql('target', replication), []);
  });
});
