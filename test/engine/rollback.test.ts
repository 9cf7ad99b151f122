import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { acceptedReleases } from '../../gates/kernel/ledger/accepted.ts';
import { assertRefused, assertServing, type PromotionProject, promotionProject } from '../support/promotion-project.ts';

const second = 'a'.repeat(40);
const fixed = 'b'.repeat(40);
const holds = 'select sha, released_by as by, reason from sallyport.hold order by id desc limit 1';

describe('a way back', function () {
  this.timeout(600_000);
  let project: PromotionProject;
  let first: string;
  let good: string;

  before(async () => {
    project = await promotionProject();
    first = project.config.release.sha;
  });
  after(() => project.remove());

  async function promote(): Promise<void> {
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await assertServing(project, project.config.release.sha);
  }

  it('is not there before anything was accepted, nor after the first release', async () => {
    assertRefused(await project.tool('rollback'), 'ENVIRONMENT_NOT_RUNNING');
    await promote();
    assertRefused(await project.tool('rollback'), 'NO_EARLIER_RELEASE');
    assertRefused(await project.tool('rollback', 'abcdef0'), 'NO_EARLIER_RELEASE');
    await assertServing(project, first);
  });

  it('leads to the release before, through every gate and onto the new schema, and puts promotion on hold', async () => {
    await project.pointTo('first', { sha: second });
    await promote();
    await project.pointTo('good');
    good = project.config.release.sha;
    await promote();
    const { code, output } = await project.tool('rollback');
    assert.equal(code, 0, output);
    assert.match(output, /preflight: .*rollback, 7 migrations, none pending/);
    assert.match(output, /smoke: passed/);
    await assertServing(project, second);
    const gates = await project.session('gates');
    assert.equal((await acceptedReleases(gates))[0]?.mode, 'rollback');
    assert.deepEqual((await gates.query(holds)).rows, [{ sha: second, by: null, reason: null }]);
    assert.equal((await project.evidence(second, 'accept.json')).mode, 'rollback');
  });

  it('is not gone twice: a rollback is not rolled back, nor is a release that the schema has left behind brought back', async () => {
    const { output } = assertRefused(await project.tool('rollback'), 'ROLLBACK_OF_ROLLBACK');
    assert.match(output, /SCHEMA_MOVED_ON/);
    assert.match(output, /Nothing was changed, and the configuration is as it was/);
    assert.equal(project.config.replay, second);
    await assertServing(project, second);
  });

  it('holds forward promotion, with --target too, until somebody resumes and says why', async () => {
    delete project.config.replay;
    await project.pointTo('good', { sha: fixed });
    assertRefused(await project.pulumi('preview'), 'PROMOTION_ON_HOLD');
    assertRefused(await project.up(), 'PROMOTION_ON_HOLD');
    assertRefused(await project.up('--exclude', '**promotion-preflight'), 'RECEIPT_MISMATCH preflight');
    await assertServing(project, second);
    assertRefused(await project.tool('resume', '--by', 'release-desk'), 'ARGUMENTS');
    assertRefused(await project.pulumi('preview'), 'PROMOTION_ON_HOLD');
    const { code, output } = await project.tool('resume', '--by', 'release-desk', '--reason', 'mended in b');
    assert.equal(code, 0, output);
    const gates = await project.session('gates');
    assert.deepEqual((await gates.query(holds)).rows, [{ sha: second, by: 'release-desk', reason: 'mended in b' }]);
    await promote();
  });

  it('is refused where the schema has moved past what the release was proven on', async () => {
    const { output } = assertRefused(await project.tool('rollback', first), 'SCHEMA_MOVED_ON');
    assert.match(output, new RegExp(`SCHEMA_MOVED_ON release ${first}`));
    assert.equal(project.config.replay, undefined);
    await assertServing(project, fixed);
  });

  it('is also the configuration of before and an up', async () => {
    await project.pointTo('first', { sha: second });
    await promote();
    const gates = await project.session('gates');
    assert.equal((await acceptedReleases(gates))[0]?.mode, 'rollback');
    await project.pointTo('good', { sha: 'c'.repeat(40) });
    assertRefused(await project.pulumi('preview'), 'PROMOTION_ON_HOLD');
    assert.ok((await acceptedReleases(gates)).some((entry) => entry.sha === good));
  });
});
