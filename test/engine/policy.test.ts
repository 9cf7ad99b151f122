import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { type PromotionProject, promotionProject } from '../support/promotion-project.ts';

describe('the policy pack', function () {
  this.timeout(600_000);
  let project: PromotionProject;
  let config: string;
  const changed = new Map<string, string>();

  before(async () => {
    project = await promotionProject();
    config = JSON.stringify(project.config);
  });
  after(() => project.remove());
  afterEach(async () => {
    for (const [file, text] of changed) await writeFile(file, text);
    changed.clear();
    Object.assign(project.config, JSON.parse(config));
  });

  /** As a user calls it: `npm run pulumi -- …`. */
  const pulumi = (...args: string[]) =>
    project.tool('pulumi', ...args, '--policy-pack', 'gates/policy', '--non-interactive');

  async function programWith(name: string, from: string, to: string): Promise<void> {
    const file = join(project.root, 'stacks', name);
    const text = await readFile(file, 'utf8');
    assert.ok(text.includes(from), `stacks/${name} has no ${from}`);
    changed.set(file, text);
    await writeFile(file, text.replace(from, to));
  }

  async function assertRefused(...reasons: readonly string[]): Promise<void> {
    const { code, output } = await pulumi('preview');
    assert.notEqual(code, 0, output);
    for (const reason of reasons) assert.ok(output.includes(reason), `${reason} is not in:\n${output}`);
  }

  it('refuses a flip that was not given what the smoke gate gave', async () => {
    await programWith(
      'promotion.ts',
      "gate('flip', proven,",
      "gate('flip', [...safe, migrate.receipt, candidate.receipt],",
    );
    await assertRefused(
      'BLOCKER POLICY_UNGATED promotion-flip: found no data of smoke in receipts; needed what these gates gave',
    );
  });

  it('refuses a migration job whose image comes from the program', async () => {
    await programWith(
      'local-estate.ts',
      'const image = guard.apply((receipt) => imageFrom(receipt, service));',
      `const image = 'api:v1';`,
    );
    await assertRefused(
      'BLOCKER POLICY_IMAGE promotion-job: found api:v1 in migrate',
      'BLOCKER POLICY_UNGATED promotion-job: found no data of guard in image',
    );
  });

  it('refuses a command that goes around the gates', async () => {
    project.config.guard.commands = { quick: 'az containerapp job start --name migrate --resource-group prod' };
    await assertRefused('BLOCKER POLICY_COMMAND promotion-guard-quick: found az containerapp in create');
  });

  it('refuses a secret and a migration in a service of the release', async () => {
    project.config.release.services.api.env = { SESSION_SECRET: 'not-to-be-seen' };
    project.config.release.services.worker.command = ['sh', '-c', 'npx prisma migrate deploy && node worker/main.ts'];
    await assertRefused(
      'POLICY_PLAIN_SECRET promotion-preflight: found a value in SESSION_SECRET of service api',
      'POLICY_MIGRATION_IN_APP promotion-preflight: found a migration command (prisma) in service worker',
    );
  });

  it('refuses what a state has of another way into production, without a program and without credentials', async () => {
    const state = join(project.root, 'state.json');
    await writeFile(state, JSON.stringify(stateOfAzure()));
    const refused = await pulumi('policy', 'analyze', '--file', state);
    assert.notEqual(refused.code, 0, refused.output);
    for (const reason of ['UNGATED api', 'IMAGE api', 'REVISIONS_MODE api', 'UNPROTECTED db', 'DATABASE_PUBLIC db']) {
      assert.ok(refused.output.includes(`POLICY_${reason}`), `${reason} is not in:\n${refused.output}`);
    }
    const settings = join(project.root, 'policy.json');
    const decided = { 'private-database': { topology: 'public', reason: 'until the network is there' } };
    await writeFile(settings, JSON.stringify({ ...decided, 'data-protected': 'disabled' }));
    const { code, output } = await pulumi('policy', 'analyze', '--file', state, '--policy-pack-config', settings);
    assert.notEqual(code, 0, output);
    assert.match(output, /POLICY_UNGATED api/);
    assert.doesNotMatch(output, /POLICY_(DATABASE_PUBLIC|UNPROTECTED)/);
  });

  it('lets the promotion through, and has looked at everything once it is done', async () => {
    const planned = await pulumi('preview');
    assert.equal(planned.code, 0, planned.output);
    assert.match(planned.output, /\[advisory\] +image-by-digest-not-evaluated/);
    const promoted = await pulumi('up', '--yes');
    assert.equal(promoted.code, 0, promoted.output);
    const again = await pulumi('preview');
    assert.equal(again.code, 0, again.output);
    assert.doesNotMatch(again.output, /POLICY_/);
  });

  it('is asked on a way back too', async () => {
    await project.pointTo('good');
    const forward = await project.up();
    assert.equal(forward.code, 0, forward.output);
    const back = await project.tool('rollback', '--policy-pack', 'gates/policy', '--non-interactive');
    assert.equal(back.code, 0, back.output);
    assert.match(back.output, /sallyport@v0\.1\.0/);
    assert.match(back.output, /serves again\. Promotion is on hold/);
  });
});

/** What `pulumi stack export` gives of a stack that somebody put onto Azure by hand. */
function stateOfAzure() {
  const urn = (type: string, name: string) => `urn:pulumi:prod::sallyport::${type}::${name}`;
  const stack = { urn: urn('pulumi:pulumi:Stack', 'sallyport-prod'), custom: false, type: 'pulumi:pulumi:Stack' };
  const made = (type: string, name: string, outputs: object) => ({
    urn: urn(type, name),
    custom: true,
    id: name,
    type,
    inputs: outputs,
    outputs,
    parent: stack.urn,
  });
  const container = { name: 'api', image: 'registry.example.com/api:v1', command: ['node', 'main.js'] };
  const app = { configuration: { activeRevisionsMode: 'Single' }, template: { containers: [container] } };
  const resources = [
    stack,
    made('azure-native:app:ContainerApp', 'api', app),
    made('azure-native:dbforpostgresql:Server', 'db', {}),
  ];
  const manifest = { time: '2026-01-01T00:00:00Z', magic: '', version: 'v3.259.0' };
  return { version: 3, deployment: { manifest, resources } };
}
