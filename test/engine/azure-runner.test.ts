import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type AzurePromotionProject, azurePromotionProject } from '../support/azure/azure-promotion-project.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';

describe('the production program with gates in a job, on an Azure of its own', function () {
  this.timeout(900_000);
  let project: AzurePromotionProject;

  before(async () => {
    project = await azurePromotionProject('job');
  });
  after(() => project.remove());

  const gateStarts = () =>
    project.azure.calls.filter((call) => /^POST .*\/jobs\/sallyport-gates\/start$/.test(call)).length;

  it('takes the first release from nothing to accepted, each gate as executions inside the environment', async () => {
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    const { sha } = project.config.release;
    await assertServing(project, sha);
    assert.ok(gateStarts() > 10, `${gateStarts()} executions`);
    const accept = await project.evidence(sha, 'accept.json');
    assert.equal(accept.verdict, 'passed');
    assert.deepEqual([...project.azure.blobs.blobs.keys()], []);
  });

  it('leaves the old release serving when the candidate answers wrongly', async () => {
    const { sha } = project.config.release;
    await project.pointTo('bad-smoke');
    assertRefused(await project.up(), 'SMOKE_ASSERTION_FAILED');
    await assertServing(project, sha);
  });

  it('takes the release after that to accepted', async () => {
    await project.pointTo('first', { sha: 'a'.repeat(40) });
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await assertServing(project, 'a'.repeat(40));
  });
});
