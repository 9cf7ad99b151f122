import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type AzurePromotionProject, azurePromotionProject } from '../support/azure/azure-promotion-project.ts';
import { assertServing } from '../support/promotion-project.ts';

describe('the production program, on an Azure of its own', function () {
  this.timeout(400_000);
  let project: AzurePromotionProject;

  before(async () => {
    project = await azurePromotionProject();
  });
  after(() => project.remove());

  it('previews from nothing', async () => {
    const { code, output } = await project.pulumi('preview');
    assert.equal(code, 0, output);
  });

  it('promotes the first release from nothing to accepted', async () => {
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await assertServing(project, project.config.release.sha);
  });
});
