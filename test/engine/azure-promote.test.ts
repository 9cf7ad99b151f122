import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type AzurePromotionProject, azurePromotionProject } from '../support/azure/azure-promotion-project.ts';
import { promotionGates } from '../support/promotion-gates.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';

const second = 'a'.repeat(40);

describe('the production program, on an Azure of its own', function () {
  this.timeout(900_000);
  let project: AzurePromotionProject;
  let first: string;

  before(async () => {
    project = await azurePromotionProject();
    first = project.config.release.sha;
  });
  after(() => project.remove());

  async function promote(): Promise<string> {
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await assertServing(project, project.config.release.sha);
    return output;
  }

  /** The next `up` may have to declare what the last one flipped; the one after it has nothing to do. */
  async function assertSettles(): Promise<void> {
    await promote();
    const before = writes();
    const output = await promote();
    assert.doesNotMatch(output, / (created|updated|replaced|deleted)\b/);
    assert.deepEqual(writes().slice(before.length), []);
  }
  const writes = () => project.azure.calls.filter((call) => /^(PUT|PATCH|DELETE) /.test(call));

  it('previews from nothing, and writes nothing', async () => {
    const { code, output } = await project.pulumi('preview');
    assert.equal(code, 0, output);
    assert.deepEqual(writes(), []);
  });

  it('makes the estate, and takes the first release through every gate to accepted', async () => {
    const output = await promote();
    for (const gate of promotionGates) {
      assert.match(output, new RegExp(`${gate}: passed`));
    }
  });

  it('has nothing to do once the accepted release is declared', assertSettles);

  it('leaves the old release serving when the candidate answers wrongly', async () => {
    await project.pointTo('bad-smoke');
    assertRefused(await project.up(), 'SMOKE_ASSERTION_FAILED');
    await assertServing(project, first);
  });

  it('takes a second release to accepted, rehearsed beside production and proven together with the first', async () => {
    await project.pointTo('first', { sha: second });
    await promote();
    const { config } = project;
    const { rehearse } = config;
    // A shadow of the gates' own, as on a runner inside the network.
    config.rehearse = {};
    delete config['rehearse-shadow-url'];
    delete config.platform.secrets['rehearse-shadow-url'];
    config.migrations.stepCommand = ['node', 'migrate.ts', 'up', '{count}'];
    config.migrations.downCommand = ['node', 'migrate.ts', 'down', '{count}'];
    await project.pointTo('good');
    const output = await promote();
    assert.match(output, /rehearse: passed, 2 rehearsed, .*, 2 of 2 taken back and run again/);
    assert.doesNotMatch(output, /SCHEMA_DIFFERS/);
    assert.match(output, /smoke: passed, \d+ assertions on the candidate, previous/);
    assert.doesNotMatch(output, /FIRST_RELEASE/);
    config.rehearse = { ...rehearse, images: config.rehearse.images };
    delete config.migrations.stepCommand;
    delete config.migrations.downCommand;
  });

  it('is what the policy pack wants it to be, and not where its data may be deleted', async () => {
    const preview = () =>
      project.tool('pulumi', 'preview', '--policy-pack', 'gates/policy', '--non-interactive', '--stack', 'prod');
    const bare = await preview();
    assert.notEqual(bare.code, 0, bare.output);
    assert.match(bare.output, /BLOCKER POLICY_UNPROTECTED /);
    project.config.platform.protect = true;
    const { code, output } = await preview();
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /BLOCKER POLICY_/);
    project.config.platform.protect = false;
  });

  it('puts back by refresh and up what was moved by hand', async () => {
    const { apps } = await project.platform();
    const traffic = (await apps.getApp('api'))?.traffic ?? [];
    const [serving, old] = traffic.map((entry) => ('revisionName' in entry ? entry.revisionName : ''));
    assert.ok(serving !== undefined);
    const revisions = await apps.listRevisions('api');
    const other = old ?? revisions.map(({ name }) => name).find((name) => name !== serving);
    assert.ok(other !== undefined);
    await apps.activateRevision('api', other);
    await apps.setTraffic('api', [{ revisionName: other, weight: 100 }]);
    const refreshed = await project.pulumi('refresh', '--yes', '--skip-preview');
    assert.equal(refreshed.code, 0, refreshed.output);
    await assertSettles();
  });

  it('goes back to the release before through the same gates', async () => {
    const { code, output } = await project.tool('rollback', second);
    assert.equal(code, 0, output);
    await assertServing(project, second);
  });
});
