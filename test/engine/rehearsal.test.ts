import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'mocha';
import { assertServing, type PromotionProject, promotionProject } from '../support/promotion-project.ts';

const history = 'select name from pgmigrations order by id';

describe('a promotion with its rehearsal', function () {
  this.timeout(600_000);
  let project: PromotionProject;
  before(async () => {
    project = await promotionProject();
    delete project.config.rehearse;
    project.config.migrations.stepCommand = ['node', 'migrate.ts', 'up', '{count}'];
  });
  after(() => project.remove());

  it('rehearses the first release from nothing, and runs what only waits in an execution of its own', async () => {
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    const evidence = await project.evidence(project.config.release.sha, 'rehearsal.json');
    assert.equal(evidence.migrations.length, 7);
    assert.deepEqual([...new Set(evidence.migrations.map((each: { wayBack: string }) => each.wayBack))], ['drilled']);
    assert.deepEqual([evidence.notSeeded, evidence.findings], [[], []]);
    const { executions } = await project.evidence(project.config.release.sha, 'migration.json');
    const shape = executions.map((each: { batch: number; try: number }) => `${each.batch}.${each.try}`);
    assert.deepEqual(shape, ['1.1', '4.1', '5.1']);
  });

  it('refuses a release that breaks the one that serves, before production is touched', async () => {
    const first = project.config.release.sha;
    const gates = await project.session('gates');
    const { rows } = await gates.query(history);
    await project.pointTo('bad-break');
    const { code, output } = await project.up();
    assert.notEqual(code, 0, output);
    assert.match(output, /REHEARSAL_BREAKS_PREVIOUS release 6792c98c3d6c overview: found status 500/);
    assert.deepEqual((await gates.query(history)).rows, rows);
    const { differences } = await project.evidence(project.config.release.sha, 'rehearsal.json');
    assert.deepEqual(differences, [], 'production is not what its migrations give');
    assert.ok(!(await readdir(project.directory)).includes('shadow'));
    await assertServing(project, first);
  });
});
