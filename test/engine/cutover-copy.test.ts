import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type CutoverProject, cutoverProject } from '../support/cutover-project.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';
import { useDesk, whileUsed } from '../support/use-desk.ts';

const insert = `insert into events (reference, kind, subject, occurred_at) values ('by hand', 'login', 'account-1', now())`;
const contents = `
select (select jsonb_agg(to_jsonb(e) order by id) from events e)::text as events,
  (select jsonb_agg(to_jsonb(c) order by id) from cases c)::text as cases,
  (select jsonb_agg(to_jsonb(h) order by id) from holds h)::text as holds,
  (select jsonb_agg(to_jsonb(m) order by id) from pgmigrations m)::text as history`;

describe('an application whose writes are stopped while it is copied to another database', function () {
  this.timeout(900_000);
  let desk: CutoverProject;
  before(async () => {
    desk = await cutoverProject();
    desk.config.cutover.strategy = 'copy';
    desk.config.cutover.backfill = { processes: 2 };
  });
  after(() => desk?.remove());

  const freeze = async () => {
    const { code, output } = await desk.tool('freeze');
    assert.equal(code, 0, output);
    assert.match(output, /a write of app .* is refused/);
  };
  const verified = async () => {
    desk.config.cutover.stage = 'verify';
    const { code, output } = await desk.cutover();
    assert.equal(code, 0, output);
    const { root } = await desk.evidence('verification.json');
    assert.match(root, /^[0-9a-f]{64}$/);
    return root as string;
  };
  const used = (work: () => Promise<void>) => whileUsed(desk, work);
  const build = async () =>
    (await desk.sql<{ build: string }>('target', 'select build from sallyport.candidate'))[0]?.build;
  let root = '';

  it('is refused while the source takes writes', async () => {
    assertRefused(await desk.cutover(), 'SOURCE_NOT_FROZEN');
    assert.deepEqual(await desk.sql('target', `select from pg_tables where schemaname = 'public'`), []);
  });

  it('is copied and proven equal once they are stopped, while reads go on', async () => {
    await freeze();
    const seen = await used(async () => {
      root = await verified();
    });
    assert.deepEqual(seen.acknowledged, []);
    assert.deepEqual([...new Set(seen.failedReads)], []);
    assert.ok(seen.reads > 0);
    assert.deepEqual(await desk.sql('target', contents), await desk.sql('source', contents));
    assert.deepEqual(await desk.sql('source', 'select from pg_replication_slots'), []);
  });

  it('comes to the same root when the same frozen input is built again', async () => {
    const first = await build();
    await desk.sql('target', `update sallyport.candidate set state = 'refused', note = 'by hand'`);
    assert.equal(await verified(), root);
    assert.notEqual(await build(), first);
  });

  it('takes writes again when it is given up, and is then not flipped to with what was copied before', async () => {
    await desk.approve(root);
    const { code, output } = await desk.tool('thaw');
    assert.equal(code, 0, output);
    await desk.sql('source', `set role app; ${insert}`);
    const { acknowledged } = await used(() => assertServing(desk.project, desk.project.config.release.sha));
    assert.ok(acknowledged.length > 0);
    desk.config.cutover.stage = 'all';
    assertRefused(await desk.cutover(), 'SOURCE_NOT_FROZEN');
    assert.equal(await desk.serving(), 'source');
  });

  it('is copied anew, rehearsed, approved and flipped to', async () => {
    await freeze();
    // By a job from here on: also what is scanned while writes are stopped, and after it.
    desk.config.cutover.backfill = {};
    desk.config.cutover.job = { image: await desk.workersImage(), workers: 2 };
    const anew = await verified();
    assert.notEqual(anew, root);
    const rehearsed = await desk.tool('rehearse-rollback');
    assert.equal(rehearsed.code, 0, rehearsed.output);
    await assert.rejects(desk.sql('source', `set role app; delete from events`), /permission denied|read-only/);
    await desk.approve(anew);
    desk.config.cutover.stage = 'all';
    const before = await desk.sql('source', contents);
    const { code, output } = await desk.cutover();
    assert.equal(code, 0, output);
    assert.match(output, /cutover-watch: passed/);
    for (const gate of ['flip: source', 'flip: target', 'watch: target']) {
      assert.ok(output.includes(`cutover-${gate} works as sallyport-cutover-`), gate);
    }
    assert.match(rehearsed.output, /source works as sallyport-cutover-/);
    assert.equal(await desk.serving(), 'target');
    assert.deepEqual(await desk.sql('source', contents), before);
    await useDesk(desk, 'target', () => assertServing(desk.project, desk.project.config.release.sha));
    const byHand = await desk.sql('target', `select from events where reference = 'by hand'`);
    assert.equal(byHand.length, 1);
  });
});
