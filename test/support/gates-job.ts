import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { projectRoot } from '../../gates/kernel/project-root.ts';
import type { JobSpec } from '../../infra/container-apps/container-apps.ts';
import { environmentPaths } from '../../infra/local/environment-paths.ts';
import { imageDigest, importImage } from '../../infra/local/images.ts';
import { openLocalPlatform } from '../../infra/local/open-local-platform.ts';
import { readIfThere } from '../../infra/local/write-atomic.ts';
import type { PlatformAddress } from '../../infra/platform.ts';
import { sharedEnvironment } from '../gates/local-environment.ts';
import { blobService } from './blob-service.ts';
import {
  armResource,
  databaseResource,
  ownIdentityEndpoint,
  storageResource,
  useIdentity,
} from './identity-endpoint.ts';

const storeToken = 'the token of the store';
const zero = '00000000-0000-0000-0000-000000000000';
let jobs = 0;

/**
 * An address of kind azure whose gates run as a job: Container Apps is the local ARM endpoint, the job is a real process
 * of the program `entry`, and the real credential gets tokens on loopback. `databaseToken` opens every role.
 */
export async function gatesJob(entry: string, databaseToken: string) {
  const { environment, directory } = await sharedEnvironment();
  const { address } = environment;
  const { apps } = await openLocalPlatform(address);
  const armToken = (await readIfThere(environmentPaths(directory).token)) ?? '';
  const store = await blobService(storeToken);
  const identity = await ownIdentityEndpoint();
  identity.state.tokens = {
    [armResource]: armToken,
    [storageResource]: storeToken,
    [databaseResource]: databaseToken,
  };
  const putBack = useIdentity(identity.environment);
  await mkdir(join(projectRoot, '.sallyport'), { recursive: true });
  const folder = await mkdtemp(join(projectRoot, '.sallyport/test-runner-'));
  await mkdir(join(folder, 'image'));
  await writeFile(join(folder, 'image/empty'), '');
  const digest = await imageDigest(join(folder, 'image'));
  await importImage(directory, join(folder, 'image'), digest);
  const job = `sallyport-gates-${++jobs}`;
  const spec: JobSpec = {
    container: {
      name: 'gates',
      image: `gates@sha256:${digest}`,
      command: ['node', entry],
      env: [
        ...Object.entries(identity.environment).map(([name, value]) => ({ name, value })),
        { name: 'SALLYPORT_SECRET_SAMPLE_TOKEN', secretRef: 'sample-token' },
      ],
    },
    secrets: [{ name: 'sample-token', value: 'secret-of-the-sample' }],
    replicaTimeoutSeconds: 900,
    replicaRetryLimit: 0,
    parallelism: 1,
    replicaCompletionCount: 1,
  };
  await apps.putJob(job, spec);
  const platform: PlatformAddress = {
    kind: 'azure',
    subscriptionId: address.subscriptionId,
    resourceGroup: address.resourceGroup,
    environmentId: address.environmentId,
    endpoint: address.endpoint,
    azure: {
      tenantId: zero,
      serverId: `/subscriptions/${zero}/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/db`,
      logs: { destination: 'none' },
      gates: { runner: 'job', job, container: store.url },
    },
  };
  return {
    platform,
    apps,
    job,
    spec,
    store,
    /** A folder below the project's root, and what it is called from there. */
    folder,
    artifacts: relative(projectRoot, folder),
    executions: () => apps.listExecutions(job),
    close: async () => {
      putBack();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type GatesJob = Awaited<ReturnType<typeof gatesJob>>;
