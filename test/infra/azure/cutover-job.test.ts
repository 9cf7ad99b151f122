import assert from 'node:assert/strict';
import * as pulumi from '@pulumi/pulumi';
import { describe, it } from 'mocha';
import { cutoverJob } from '../../../infra/azure/cutover-job.ts';
import { recordProgram } from '../../stacks/record-program.ts';

const image = `shopregistry.azurecr.io/sallyport@sha256:${'d'.repeat(64)}`;
const vault = 'https://shop.vault.azure.net/secrets';

async function made(urls: Readonly<Record<string, string>>) {
  const { resources } = await recordProgram(
    ({ inputs }) => ({ state: { ...inputs, name: inputs.jobName } }),
    () =>
      cutoverJob(
        'cutover-job',
        {
          resourceGroup: pulumi.output('shop'),
          location: 'westeurope',
          environmentId: pulumi.output('the environment'),
          registry: pulumi.output('shopregistry.azurecr.io'),
          identity: pulumi.output('the identity'),
        },
        { jobName: 'sallyport-cutover', image, urls, parallelism: 4, cpu: 2, timeoutSeconds: 7200 },
        {},
      ).name,
  );
  const job = resources.get('cutover-job');
  assert.ok(job);
  return job;
}

describe('the job of a cutover on Azure', () => {
  it('is started by hand, runs as many replicas as are asked for, and retries none', async () => {
    const { type, inputs } = await made({ CUTOVER_SOURCE_DIRECT_URL: `${vault}/source/1` });
    assert.equal(type, 'azure-native:app:Job');
    const { registries, secrets, ...configuration } = inputs.configuration as Record<string, unknown>;
    assert.deepEqual(configuration, {
      triggerType: 'Manual',
      manualTriggerConfig: { parallelism: 4, replicaCompletionCount: 4 },
      replicaRetryLimit: 0,
      replicaTimeout: 7200,
    });
    assert.deepEqual(registries, [{ server: 'shopregistry.azurecr.io', identity: 'the identity' }]);
    assert.equal(inputs.jobName, 'sallyport-cutover');
    assert.deepEqual(inputs.template, {
      containers: [
        {
          name: 'sallyport-cutover',
          image,
          command: ['/usr/local/bin/node', '/app/gates/cutover-worker.ts'],
          env: [{ name: 'CUTOVER_SOURCE_DIRECT_URL', secretRef: 'cutover-source-direct-url' }],
          resources: { cpu: 2, memory: '4Gi' },
        },
      ],
    });
  });

  it('has URLs of the vault as references, which its identity reads', async () => {
    const { inputs, secrets } = await made({
      CUTOVER_SOURCE_DIRECT_URL: `${vault}/source/1`,
      CUTOVER_TARGET_DIRECT_URL: `${vault}/target/1`,
    });
    assert.deepEqual((inputs.configuration as { secrets: unknown }).secrets, [
      { name: 'cutover-source-direct-url', keyVaultUrl: `${vault}/source/1`, identity: 'the identity' },
      { name: 'cutover-target-direct-url', keyVaultUrl: `${vault}/target/1`, identity: 'the identity' },
    ]);
    assert.deepEqual(secrets, []);
  });
});
