import { z } from 'zod';
import { platformAddressSchema } from '../../gates/kernel/addresses.ts';
import { declaredProvider } from '../../gates/kernel/declared-provider.ts';
import { receiptProblems, receiptSchema } from '../../gates/kernel/receipt.ts';
import type { JobSpec } from '../container-apps/container-apps.ts';
import { readEnvironment } from './environment.ts';
import { openLocalPlatform } from './open-local-platform.ts';

const inputsSchema = z.object({
  platform: platformAddressSchema,
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  timeoutSeconds: z.number().int(),
  /** Digest of the release that the receipts must be for. */
  release: z.string(),
  receipts: z.array(receiptSchema),
});

type Inputs = z.infer<typeof inputsSchema>;

const needs = ['preflight', 'lint', 'guard', 'rehearse', 'restore-point'];

/** The migration job of the local platform: one replica, no retry, the image of the release that the gates let through. */
export const jobProvider = declaredProvider<Inputs>({
  name: 'migration job',
  inputs: inputsSchema,
  id: ({ name }) => name,
  wanted: specOf,
  problems: ({ receipts, release }) => receiptProblems(needs, receipts, release),
  drift: driftOf,
  declare: async (inputs) => {
    const { apps } = await openLocalPlatform(inputs.platform);
    await apps.putJob(inputs.name, specOf(inputs));
    return { name: inputs.name, platform: { ...inputs.platform } };
  },
  remove: async ({ platform, name }) => {
    const address = platformAddressSchema.parse(platform);
    // An environment that is down keeps the declaration; without the program nothing starts it.
    if ((await readEnvironment(address.directory ?? '')) === undefined) return;
    await (await openLocalPlatform(address)).apps.deleteJob(z.string().parse(name));
  },
});

/** The job is gone from the platform, or somebody changed it there. */
async function driftOf(inputs: Inputs): Promise<string | undefined> {
  const { apps } = await openLocalPlatform(inputs.platform);
  const job = await apps.getJob(inputs.name);
  if (job === undefined) return 'not there';
  const wanted = specOf(inputs);
  const same = job.container.image === wanted.container.image && job.replicaRetryLimit === 0 && job.parallelism === 1;
  return same ? undefined : 'changed on the platform';
}

function specOf({ name, image, command, timeoutSeconds }: Inputs): JobSpec {
  const env = [{ name: 'DATABASE_URL', secretRef: 'database-url-migrator' }];
  return {
    container: { name, image, command, env },
    secrets: [{ name: 'database-url-migrator', keyVaultUrl: 'local://secrets/database-url-migrator' }],
    replicaTimeoutSeconds: timeoutSeconds,
    replicaRetryLimit: 0,
    parallelism: 1,
    replicaCompletionCount: 1,
  };
}
