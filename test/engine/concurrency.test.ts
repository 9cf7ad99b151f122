import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { acceptedReleases } from '../../gates/kernel/ledger/accepted.ts';
import { parkedMigration, parkMigrations } from '../support/parking.ts';
import { assertRefused, assertServing, type PromotionProject, promotionProject } from '../support/promotion-project.ts';

describe('two promotions at once', function () {
  this.timeout(600_000);
  const projects: PromotionProject[] = [];
  const sha = 'a'.repeat(40);

  before(async () => {
    const one = await promotionProject();
    projects.push(one, await promotionProject(one), await promotionProject());
  });
  after(async () => {
    for (const project of projects.reverse()) await project.remove();
  });

  it('do not disturb each other on two environments', async () => {
    const [one, , other] = projects as [PromotionProject, PromotionProject, PromotionProject];
    const first = one.config.release.sha;
    for (const { code, output } of await Promise.all([one.up(), other.up()])) assert.equal(code, 0, output);
    await assertServing(one, first);
    await assertServing(other, first);
  });

  it('on one environment from two backends: one goes on, the other is told who is at work, and goes on after it', async () => {
    const [one, two] = projects as [PromotionProject, PromotionProject];
    const files = parkedMigration('20250401090000');
    for (const project of [one, two]) {
      await project.pointTo('first', { sha, files });
      project.config.migrations.timeouts.lock = '60s';
    }
    const go = await parkMigrations(await one.session('gates'));
    const running = await one.start('up', '--yes', '--skip-preview');
    await running.sees(/migrate: migrate-\w+ Running/);
    const { output } = assertRefused(await two.up(), 'PROMOTION_IN_PROGRESS');
    assert.match(output, /held by "sallyport up local aaaaaaaaaaaa" from 127\.0\.0\.1 since /);
    await go();
    const ended = await running.ended;
    assert.equal(ended.code, 0, ended.output);
    await assertServing(one, sha);

    const after = await two.up();
    assert.equal(after.code, 0, after.output);
    const gates = await two.session('gates');
    const accepted = await acceptedReleases(gates);
    assert.deepEqual(
      accepted.map((entry) => `${entry.sha.slice(0, 1)} ${entry.mode}`),
      ['a steady', 'a forward', '6 first'],
    );
    assert.equal((await one.platform()).address.environmentId, (await two.platform()).address.environmentId);
  });
});
