import { z } from 'zod';
import { platformAddressSchema } from '../../gates/kernel/addresses.ts';
import { digestOf } from '../../gates/kernel/digest.ts';
import { messageOf } from '../../gates/kernel/gate-error.ts';
import type { ResourceProvider } from '../../gates/kernel/provider.ts';
import { receiptProblems, receiptSchema } from '../../gates/kernel/receipt.ts';
import { reply } from '../../gates/kernel/reply.ts';
import { hasUnknown } from '../../gates/kernel/unknown.ts';
import { findingLine } from '../../gates/kernel/verdict.ts';
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
type Properties = Record<string, unknown>;

const needs = ['preflight', 'lint', 'guard', 'rehearse', 'restore-point'];

/** The migration job of the local platform: one replica, no retry, the image of the release that the gates let through. */
export const jobProvider: ResourceProvider = {
  check: async (_olds, news) => {
    const { drift: _past, ...asked } = news;
    if (hasUnknown(asked)) return { inputs: asked, failures: [] };
    try {
      const inputs = inputsSchema.parse(asked);
      const failures = receiptProblems(needs, inputs.receipts, inputs.release).map((problem) => ({
        property: '',
        reason: findingLine(problem),
      }));
      const drift = failures.length === 0 ? await driftOf(inputs) : undefined;
      return { inputs: drift === undefined ? asked : { ...asked, drift }, failures };
    } catch (error) {
      return { inputs: asked, failures: [{ property: '', reason: messageOf(error) }] };
    }
  },
  diff: async (_id, olds, news) => ({
    changes: news.drift !== undefined || hasUnknown(news) || olds.declared !== declaredBy(news),
  }),
  create: async (news) => ({ id: inputsSchema.parse(news).name, outs: await declare(news) }),
  update: async (_id, _olds, news) => ({ outs: await declare(news) }),
  delete: async (_id, { platform, name }) => {
    const address = platformAddressSchema.parse(platform);
    // An environment that is down keeps the declaration; without the program nothing starts it.
    if ((await readEnvironment(address.directory ?? '')) === undefined) return;
    await (await openLocalPlatform(address)).apps.deleteJob(z.string().parse(name));
  },
};

async function declare(news: Properties): Promise<Properties> {
  const inputs = inputsSchema.parse(news);
  const { apps } = await openLocalPlatform(inputs.platform);
  await apps.putJob(inputs.name, specOf(inputs));
  return reply({ name: inputs.name, platform: { ...inputs.platform }, declared: declaredBy(news) });
}

/** The job is gone from the platform, or somebody changed it there. */
async function driftOf(inputs: Inputs): Promise<string | undefined> {
  const { apps } = await openLocalPlatform(inputs.platform);
  const job = await apps.getJob(inputs.name);
  if (job === undefined) return 'not there';
  const wanted = specOf(inputs);
  const same = job.container.image === wanted.container.image && job.replicaRetryLimit === 0 && job.parallelism === 1;
  return same ? undefined : 'changed on the platform';
}

function declaredBy(news: Properties): string | undefined {
  const parsed = inputsSchema.safeParse(news);
  return parsed.success ? digestOf(specOf(parsed.data)) : undefined;
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
