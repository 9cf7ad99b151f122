import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type CutoverProject, cutoverProject } from '../support/cutover-project.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';
import { assertAllBack, useDesk } from '../support/use-desk.ts';

const insert = `insert into events (reference, kind, subject, occurred_at) values ('by hand', 'login', 'account-1', now())`;

describe('an application that moves to another database, from PostgreSQL 17 to 18, while it is used', function () {
  this.timeout(900_000);
  let desk: CutoverProject;
  let root = '';
  before(async () => {
    desk = await cutoverProject(17, 18);
  });
  after(() => desk?.remove());

  /** Every write that was acknowledged since the candidate was begun. */
  const acknowledged: string[] = [];
  /** So much that a hole in the way of a write would be met; what was acknowledged at any stage before is there too. */
  const used = async (side: 'source' | 'target', work: () => Promise<void>) => {
    const seen = await useDesk(desk, side, work);
    assert.ok(seen.acknowledged.length > 20, `only ${seen.acknowledged.length} writes`);
    acknowledged.push(...seen.acknowledged);
    const rows = await desk.sql<{ reference: string }>(side, 'select reference from events');
    const kept = new Set(rows.map(({ reference }) => reference));
    assert.deepEqual(
      acknowledged.filter((reference) => !kept.has(reference)),
      [],
      `of ${acknowledged.length}`,
    );
    return seen;
  };

  it('shows in a preview what it finds on both sides, and changes neither', async () => {
    const { code, output } = await desk.cutover('preview');
    assert.equal(code, 0, output);
    assert.match(output, /cutover-preflight: replicate, 4 tables, .* from PostgreSQL 17\..* to 18\./);
    assert.match(output, /cutover-flip: planned/);
    assert.deepEqual(await desk.replicationOn('source'), []);
    assert.deepEqual(await desk.sql('target', `select from pg_tables where schemaname = 'public'`), []);
  });

  it('is built beside the source and proven equal while it is written to, as far as the stage that is asked for', async () => {
    desk.config.cutover.stage = 'verify';
    await used('source', async () => {
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
      for (const gate of ['preflight', 'schema', 'backfill', 'verify']) {
        assert.match(output, new RegExp(`cutover-${gate}: passed`));
      }
      assert.doesNotMatch(output, /cutover-(gate|flip)/);
    });
    const verification = await desk.evidence('verification.json');
    ({ root } = verification);
    assert.match(root, /^[0-9a-f]{64}$/);
    assert.equal(await desk.serving(), 'source', 'the application is where it was');
    await assertServing(desk.project, desk.project.config.release.sha);
  });

  it('keeps every other gate out of the candidate until it serves', async () => {
    const [mark] = await desk.sql<{ state: string }>('target', 'select state from sallyport.candidate');
    assert.equal(mark?.state, 'verified');
  });

  it('is not flipped to without an approval and a rehearsal, and says both', async () => {
    desk.config.cutover.stage = 'all';
    const { output } = assertRefused(await desk.cutover(), `APPROVAL_MISSING ${root}`);
    assert.match(output, /WAY_BACK_NOT_REHEARSED/);
    assert.equal(await desk.serving(), 'source');
  });

  it('has its way back rehearsed for real, after which everything is as it was', async () => {
    await used('source', async () => {
      const { code, output } = await desk.tool('rehearse-rollback');
      assert.equal(code, 0, output);
    });
    const { verdict, wayBackSeconds, steps } = await desk.evidence('rehearsal.json');
    assert.equal(verdict, 'passed');
    assert.ok(wayBackSeconds < 900 && steps.length > 5, JSON.stringify(steps));
    assert.equal(await desk.serving(), 'source');
    await desk.sql('source', `set role app; ${insert}; delete from events where reference = 'by hand'`);
  });

  it('takes no approval of another root, nor one by whoever carries it out', async () => {
    const other = 'f'.repeat(64);
    await desk.approve(other);
    assertRefused(await desk.cutover(), `APPROVAL_OF_OTHER ${root}: found an approval of ${other}`);
    desk.project.env.CUTOVER_REVIEWER_URL = await desk.url('source');
    const own = await desk.tool('approve', root);
    delete desk.project.env.CUTOVER_REVIEWER_URL;
    assert.match(own.output, /it will not count: the plan's reviewer is reviewer/);
    assertRefused(await desk.cutover(), `APPROVAL_BY_OPERATOR ${root}: found an approval by postgres`);
  });

  it('is flipped to in seconds once the reviewer approved it: no write is lost, none is there twice, and no read fails', async () => {
    assert.equal((await desk.tool('approve', root, '--note', 'looked at the scan')).code, 0);
    const { refused } = await used('target', async () => {
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
      assert.match(output, /cutover-flip: passed/);
      assert.match(output, /cutover-watch: passed/);
    });
    assert.equal(await desk.serving(), 'target');
    assert.ok(refused.length > 0, 'writes were frozen for a moment');
    const { frozenMs } = await desk.evidence('flip.json');
    assert.ok(frozenMs > 0 && frozenMs < 60_000, `${frozenMs} ms`);
    await assertServing(desk.project, desk.project.config.release.sha);
  });

  it('lets nobody write to the source any more', async () => {
    await assert.rejects(desk.sql('source', `set role app; ${insert}`), /permission denied|read-only/);
  });

  it('changes nothing when it is run again', async () => {
    const { code, output } = await desk.cutover();
    assert.equal(code, 0, output);
    assert.match(output, /\d+ unchanged/);
    assert.doesNotMatch(output, /updated|created|replaced/);
  });

  it('goes on with promotions on the new database, where its ledger is', async () => {
    const { code, output } = await desk.project.up();
    assert.equal(code, 0, output);
    await assertServing(desk.project, desk.project.config.release.sha);
  });

  it('goes back with every row that was written meanwhile', async () => {
    await used('source', async () => {
      const { code, output } = await desk.tool('way-back');
      assert.equal(code, 0, output);
    });
    assert.equal(await desk.serving(), 'source');
    await assertAllBack(desk);
  });

  it('leaves nothing of itself in either database when its stack is destroyed', async () => {
    const { code, output } = await desk.cutover('destroy', '--yes', '--skip-preview');
    assert.equal(code, 0, output);
    assert.deepEqual(await desk.replicationOn('source'), []);
    assert.deepEqual(await desk.replicationOn('target'), []);
  });
});
