import { z } from 'zod';
import { databaseIn } from '../../gates/cutover/sides.ts';
import { platformAddressSchema } from '../../gates/kernel/addresses.ts';
import { databaseUrl } from '../../gates/kernel/database-url.ts';
import { digestOf } from '../../gates/kernel/digest.ts';
import { findingsOf } from '../../gates/kernel/gate-error.ts';
import { answerOf, type ResourceProvider } from '../../gates/kernel/provider.ts';
import { receiptProblems, receiptSchema } from '../../gates/kernel/receipt.ts';
import { reply } from '../../gates/kernel/reply.ts';
import { hasUnknown } from '../../gates/kernel/unknown.ts';
import type { JobSpec } from '../container-apps/container-apps.ts';
import { readEnvironment } from './environment.ts';
import { endExecutions } from './jobs/end-executions.ts';
import { openLocalPlatform } from './open-local-platform.ts';
import { findSecret, putSecret, removeSecret } from './secrets.ts';

const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/);
const inputsSchema = z.object({
  platform: platformAddressSchema,
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).min(1),
  /** Which have the URLs of the two databases: of the engine here, and of an execution there. */
  variables: z.object({ source: variable, target: variable }),
  /** Replicas of one execution. */
  parallelism: z.number().int().positive(),
  cpu: z.number().positive().optional(),
  timeoutSeconds: z.number().int().positive(),
  /** Digest of the release that the receipts must be for. */
  release: z.string(),
  receipts: z.array(receiptSchema),
});

type Inputs = z.infer<typeof inputsSchema>;
type Properties = Record<string, unknown>;

const needs = ['cutover-preflight'];
const sides = ['source', 'target'] as const;

/**
 * The job of the local platform whose executions verify and copy for a cutover. The URLs go from the engine's environment
 * into the secrets of the local environment, files of mode 0600; neither inputs nor state have them.
 */
export const cutoverJobProvider: ResourceProvider = {
  check: async (_olds, news) => {
    const { drift: _past, ...asked } = news;
    if (hasUnknown(asked)) return { inputs: asked, failures: [] };
    try {
      const inputs = inputsSchema.parse(asked);
      const problems = receiptProblems(needs, inputs.receipts, inputs.release);
      const drift = problems.length === 0 ? await driftOf(inputs) : undefined;
      return answerOf(drift === undefined ? asked : { ...asked, drift }, problems);
    } catch (error) {
      return answerOf(asked, findingsOf(error, 'cutover-job'));
    }
  },
  diff: async (_id, olds, news) => ({
    changes: news.drift !== undefined || hasUnknown(news) || olds.declared !== declaredBy(news),
  }),
  create: async (news) => ({ id: inputsSchema.parse(news).name, outs: await declare(news) }),
  update: async (_id, _olds, news) => ({ outs: await declare(news) }),
  delete: async (_id, { platform, name }) => {
    const address = platformAddressSchema.parse(platform);
    const directory = address.directory ?? '';
    // An environment that is down keeps the declaration; without the program and its secrets nothing starts it.
    if ((await readEnvironment(directory)) !== undefined) {
      const { apps } = await openLocalPlatform(address);
      const job = z.string().parse(name);
      await endExecutions(apps, job);
      await apps.deleteJob(job);
    }
    for (const side of sides) await removeSecret(directory, secretOf(side));
  },
};

async function declare(news: Properties): Promise<Properties> {
  const inputs = inputsSchema.parse(news);
  const { apps } = await openLocalPlatform(inputs.platform);
  for (const side of sides) await putSecret(inputs.platform.directory ?? '', secretOf(side), urlOf(inputs, side));
  await apps.putJob(inputs.name, specOf(inputs));
  return reply({ name: inputs.name, platform: { ...inputs.platform }, declared: declaredBy(news) });
}

/** The job is gone from the platform, somebody changed it there, or a database has another address or password now. */
async function driftOf(inputs: Inputs): Promise<string | undefined> {
  for (const side of sides) {
    const kept = await findSecret(inputs.platform.directory ?? '', secretOf(side));
    if (kept !== urlOf(inputs, side)) return `another URL in ${inputs.variables[side]}`;
  }
  const { apps } = await openLocalPlatform(inputs.platform);
  const job = await apps.getJob(inputs.name);
  if (job === undefined) return 'not there';
  return digestOf(job) === digestOf(specOf(inputs)) ? undefined : 'changed on the platform';
}

function declaredBy(news: Properties): string | undefined {
  const parsed = inputsSchema.safeParse(news);
  return parsed.success ? digestOf(specOf(parsed.data)) : undefined;
}

/** @throws GateError SIDE_NOT_NAMED, DATABASE_URL_INVALID, without any part of the URL. */
function urlOf({ variables }: Inputs, side: (typeof sides)[number]): string {
  return databaseUrl(databaseIn(variables[side]));
}

function secretOf(side: (typeof sides)[number]): string {
  return `cutover-${side}-url`;
}

function specOf({ name, image, command, variables, parallelism, cpu, timeoutSeconds }: Inputs): JobSpec {
  const env = sides.map((side) => ({ name: variables[side], secretRef: secretOf(side) }));
  return {
    container: { name, image, command, env, ...(cpu && { cpu }) },
    secrets: sides.map((side) => ({ name: secretOf(side), keyVaultUrl: `local://secrets/${secretOf(side)}` })),
    replicaTimeoutSeconds: timeoutSeconds,
    replicaRetryLimit: 0,
    parallelism,
    replicaCompletionCount: parallelism,
  };
}
