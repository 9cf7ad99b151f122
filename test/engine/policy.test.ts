import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { type PromotionProject, promotionProject } from '../support/promotion-project.ts';

describe('the policy pack', function () {
  this.timeout(240_000);
  let project: PromotionProject;
  let program: string;
  let config: string;

  before(async () => {
    project = await promotionProject();
    program = await readFile(join(project.root, 'stacks', 'promotion.ts'), 'utf8');
    config = JSON.stringify(project.config);
  });
  after(() => project.remove());
  afterEach(async () => {
    await writeFile(join(project.root, 'stacks', 'promotion.ts'), program);
    Object.assign(project.config, JSON.parse(config));
  });

  /** As a user calls it: `npm run pulumi -- …`. */
  const pulumi = (...args: string[]) =>
    project.tool('pulumi', ...args, '--policy-pack', 'gates/policy', '--non-interactive');

  async function programWith(from: string, to: string): Promise<void> {
    assert.ok(program.includes(from), `stacks/promotion.ts has no ${from}`);
    await writeFile(join(project.root, 'stacks', 'promotion.ts'), program.replace(from, to));
  }

  async function assertRefused(...reasons: readonly string[]): Promise<void> {
    const { code, output } = await pulumi('preview');
    assert.notEqual(code, 0, output);
    for (const reason of reasons) assert.ok(output.includes(reason), `${reason} is not in:\n${output}`);
  }

  it('refuses a flip that was not given what the smoke gate gave', async () => {
    await programWith("gate('flip', proven,", "gate('flip', [...safe, migrate.receipt, candidate.receipt],");
    await assertRefused(
      'BLOCKER POLICY_UNGATED promotion-flip: found no data of gate smoke in receipts; needed what gate smoke gave',
    );
  });

  it('refuses a migration job whose image comes from the program', async () => {
    await programWith(
      'const image = guard.apply((receipt) => imageFrom(receipt, service));',
      `const image = 'api:v1';`,
    );
    await assertRefused(
      'BLOCKER POLICY_IMAGE promotion-job: found api:v1 in migrate',
      'BLOCKER POLICY_UNGATED promotion-job: found no data of gate guard in image',
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
});
