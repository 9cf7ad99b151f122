import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type CutoverProject, cutoverProject } from '../support/cutover-project.ts';
import { assertServing } from '../support/promotion-project.ts';
import { assertAllBack, useDesk } from '../support/use-desk.ts';

describe('an application that moves from PostgreSQL 15 to 18, and back', function () {
  this.timeout(900_000);
  let desk: CutoverProject;
  before(async () => {
    desk = await cutoverProject(15, 18);
  });
  after(() => desk?.remove());

  it('is built and proven equal while it is written to', async () => {
    desk.config.cutover.stage = 'verify';
    await useDesk(desk, 'source', async () => {
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
      assert.match(output, /cutover-preflight: passed, .* from PostgreSQL 15\..* to 18\./);
    });
  });

  it('has its way back rehearsed', async () => {
    await useDesk(desk, 'source', async () => {
      const { code, output } = await desk.tool('rehearse-rollback');
      assert.equal(code, 0, output);
      assert.match(
        output,
        /rehearse-rollback: source .*, PostgreSQL 15\..*, snapshot at/,
        'what is scanned is the source',
      );
      assert.doesNotMatch(output, /rehearse-rollback: target \d/);
    });
    const { sourceMajor, targetMajor } = await desk.evidence('rehearsal.json');
    assert.deepEqual([sourceMajor, targetMajor], [15, 18]);
  });

  it('is flipped to while it is used, and followed by the older server', async () => {
    await desk.approve();
    desk.config.cutover.stage = 'all';
    await useDesk(desk, 'target', async () => {
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
      assert.match(output, /cutover-watch: passed/);
    });
    assert.equal(await desk.serving(), 'target');
    const [back] = await desk.sql<{ enabled: boolean }>(
      'source',
      `select subenabled as enabled from pg_subscription where subname = 'sallyport_desk_back'`,
    );
    assert.equal(back?.enabled, true);
  });

  it('goes back with every row that was written meanwhile, and changes on the newer server', async () => {
    await desk.sql('target', `update events set subject = 'changed on 18' where reference = 'sample-0003'`);
    await desk.sql('target', `delete from holds`);
    await useDesk(desk, 'source', async () => {
      const { code, output } = await desk.tool('way-back');
      assert.equal(code, 0, output);
    });
    assert.equal(await desk.serving(), 'source');
    await assertServing(desk.project, desk.project.config.release.sha);
    await assertAllBack(desk);
    const [row] = await desk.sql<{ subject: string }>(
      'source',
      `select subject from events where reference = 'sample-0003'`,
    );
    assert.equal(row?.subject, 'changed on 18');
    assert.deepEqual(await desk.sql('source', 'select from holds'), []);
  });

  it('leaves nothing that replicates when it is given up', async () => {
    const { code, output } = await desk.cutover('destroy', '--yes', '--skip-preview');
    assert.equal(code, 0, output);
    assert.deepEqual(await desk.replicationOn('source'), []);
    assert.deepEqual(await desk.replicationOn('target'), []);
  });
});
