import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import type { Receipt } from '../../gates/kernel/receipt.ts';
import { azureJob } from '../../stacks/cutover-azure-job.ts';
import { type CutoverConfig, parseCutoverConfig } from '../../stacks/cutover-config.ts';
import { cutoverPlatform } from '../../stacks/cutover-platform.ts';
import { projectRoot } from '../../tools/project.ts';
import { samplePlan } from '../gates/cutover/sample-plan.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../gates/sample-release.ts';
import { schemaProblems } from '../support/schema-problems.ts';
import { recordProgram } from './record-program.ts';

type Raw = Readonly<Record<string, unknown>>;

const job = { image: `shopregistry.azurecr.io/sallyport@sha256:${'b'.repeat(64)}`, workers: 4, parallelism: 2 };
const group = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop';
const vault = 'https://shop.vault.azure.net/secrets';
const workers = {
  location: 'westeurope',
  registry: 'shopregistry.azurecr.io',
  identity: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop-cutover`,
  urls: { source: `${vault}/cutover-source/${'1'.repeat(32)}`, target: `${vault}/cutover-target/${'2'.repeat(32)}` },
};

/** The example of docs/cutover.md. */
async function example(): Promise<string> {
  const text = await readFile(join(projectRoot, 'docs', 'cutover.md'), 'utf8');
  const [, yaml] = /```yaml\n(# Pulumi\.cutover-azure\.yaml\n.*?)```/s.exec(text) ?? [];
  assert.ok(yaml, 'docs/cutover.md shows no stack on Azure');
  return yaml;
}

/** Its values by their key without `sallyport:`, with values of one's own for its placeholders. */
async function filled(): Promise<Raw> {
  const own = (await example())
    .replaceAll('00000000-0000-0000-0000-000000000000', '11111111-2222-3333-4444-555555555555')
    .replaceAll(`sha256:${'0'.repeat(64)}`, `sha256:${'a'.repeat(64)}`)
    .replaceAll('0'.repeat(40), 'a'.repeat(40))
    .replaceAll('registry.example.com', 'shopregistry.azurecr.io');
  return rawOf(own);
}

function rawOf(yaml: string): Raw {
  const { config } = parse(yaml) as { config: Raw };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace('sallyport:', ''), value]));
}

function parsedOf(raw: Raw) {
  return parseCutoverConfig((key) => {
    const value = raw[key];
    return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
  });
}

async function configWith(platform: Raw = {}, own?: Raw): Promise<CutoverConfig> {
  const raw = await filled();
  const cutover = { ...(raw.cutover as object), ...(own && { job: own }) };
  const config = parsedOf({ ...raw, cutover, platform: { ...(raw.platform as object), ...platform } });
  assert.ok(!('length' in config), JSON.stringify(config));
  return config;
}

async function problemsWith(
  change: (raw: Record<'platform' | 'cutover', object>) => void,
): Promise<Record<string, string>> {
  const raw = structuredClone(await filled());
  change(raw as Record<'platform' | 'cutover', object>);
  const problems = parsedOf(raw);
  assert.ok('length' in problems, 'it was taken');
  return Object.fromEntries(problems.map(({ key, needed }) => [key.replace('sallyport:', ''), needed]));
}

describe('a cutover on Azure', () => {
  it('has an example in the docs without a mistake once its placeholders are filled in', async () => {
    assert.equal((await configWith()).platform.kind, 'azure');
    const { config } = parse(await example());
    assert.deepEqual(await schemaProblems('stacks/cutover-config.schema.json', { config }), []);
  });

  it('is refused its placeholders', async () => {
    const problems = parsedOf(rawOf(await example()));
    assert.ok('length' in problems);
    for (const { key, found } of problems) assert.match(found, /^the placeholder /, key);
    assert.ok(problems.some(({ key }) => key === 'sallyport:migrations.image'));
    assert.ok(problems.some(({ key }) => key === 'sallyport:platform.server'));
  });

  it('is where the configuration says, and migrates by the promotion’s job', async () => {
    const { platform } = await configWith({ endpoint: 'http://127.0.0.1:1234' });
    const opened = await cutoverPlatform(platform);
    assert.equal(opened.migrationJob, 'migrate');
    const { kind, endpoint, resourceGroup, azure } = opened.platform;
    assert.deepEqual([kind, endpoint, resourceGroup], ['azure', 'http://127.0.0.1:1234', 'shop']);
    assert.deepEqual(azure?.gates, { runner: 'in-process' });
    assert.match(azure?.serverId ?? '', /\/flexibleServers\/shop-db$/);
  });

  it('does not run its gates in a job, and says why', async () => {
    const problems = await problemsWith(({ platform }) => {
      Object.assign(platform, { gates: { runner: 'job' } });
    });
    assert.deepEqual(problems, {
      'platform.gates.runner': 'in-process: the URLs of both sides are in the environment of the engine',
    });
  });

  it('declares its job beside the apps, with the URLs as references into the vault', async () => {
    const platform = { ...((await filled()).platform as object), workers };
    const config = await configWith(platform, job);
    const release = sampleRelease();
    const { resources } = await recordProgram(
      ({ name, inputs }) => ({ state: name === 'cutover-job' ? { name: inputs.jobName } : {} }),
      () => {
        assert.ok(config.cutover.job && config.platform.kind === 'azure');
        return azureJob(config.platform)(
          'cutover-job',
          {
            job: config.cutover.job,
            plan: samplePlan(),
            release,
            platform: sampleInputs().platform,
            preflight: pulumi.output(receiptFor(release, 'cutover-preflight')) as unknown as pulumi.Output<Receipt>,
          },
          {},
        );
      },
    );
    const made = resources.get('cutover-job');
    assert.equal(made?.type, 'azure-native:app:Job');
    assert.equal(made.provider, 'cutover-job-azure');
    assert.equal(made.inputs.resourceGroupName, 'shop');
    assert.match(String(made.inputs.environmentId), /managedEnvironments\/shop-env$/);
    const { secrets } = made.inputs.configuration as { secrets: unknown };
    assert.deepEqual(secrets, [
      { name: 'cutover-source-direct-url', keyVaultUrl: workers.urls.source, identity: workers.identity },
      { name: 'cutover-target-direct-url', keyVaultUrl: workers.urls.target, identity: workers.identity },
    ]);
  });

  it('says what its job is declared with where that is missing', async () => {
    const problems = await problemsWith(({ cutover }) => {
      Object.assign(cutover, { job });
    });
    assert.deepEqual(Object.keys(problems), ['platform.workers']);
  });

  it('freezes the role that the apps write by', async () => {
    const problems = await problemsWith(({ cutover }) => {
      Object.assign(cutover, { freeze: { roles: ['app'] } });
    });
    assert.deepEqual(problems, { 'cutover.freeze.roles': 'shop-apps among them: the role by which the apps write' });
  });

  it('is in one subscription, with a name of its own for each role', async () => {
    const other = '99999999-2222-3333-4444-555555555555';
    const problems = await problemsWith(({ platform }) => {
      Object.assign(platform, {
        subscription: other,
        users: { gates: 'shop-apps', migrator: 'shop-migrate', app: 'shop-apps' },
      });
    });
    assert.deepEqual(Object.keys(problems).sort(), ['platform.environment', 'platform.server', 'platform.users']);
  });
});
