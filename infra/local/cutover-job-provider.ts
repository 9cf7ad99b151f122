import { z } from 'zod';
import { databaseIn } from '../../gates/cutover/sides.ts';
import { platformAddressSchema } from '../../gates/kernel/addresses.ts';
import { databaseUrl } from '../../gates/kernel/database-url.ts';
import { declaredProvider } from '../../gates/kernel/declared-provider.ts';
import { digestOf } from '../../gates/kernel/digest.ts';
import { receiptProblems, receiptSchema } from '../../gates/kernel/receipt.ts';
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

const needs = ['cutover-preflight'];
const sides = ['source', 'target'] as const;

/**
 * The job of the local platform whose executions verify and copy for a cutover. The URLs go from the engine's environment
 * into the secrets of the local environment, files of mode 0600; neither inputs nor state have them.
 */
export const cutoverJobProvider = declaredProvider<Inputs>({
  name: 'cutover job',
  inputs: inputsSchema,
  id: ({ name }) => name,
  wanted: specOf,
  problems: (inputs) => {
    for (const side of sides) urlOf(inputs, side);
    return receiptProblems(needs, inputs.receipts, inputs.release);
  },
  drift: driftOf,
  declare: async (inputs) => {
    const { apps } = await openLocalPlatform(inputs.platform);
    for (const side of sides) await putSecret(inputs.platform.directory ?? '', secretOf(side), urlOf(inputs, side));
    await apps.putJob(inputs.name, specOf(inputs));
    return { name: inputs.name, platform: { ...inputs.platform } };
  },
  remove: async ({ platform, name }) => {
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
});

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
