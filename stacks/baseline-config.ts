import { z } from 'zod';
import { approvalSchema, commandsSchema } from '../gates/baseline/inputs.ts';
import { readSchema } from '../gates/head/head.ts';
import { changeSchema } from '../gates/kernel/change.ts';
import { localPlatformSchema, parseWith, stackConfigSchema } from './config.ts';
import type { ConfigProblem } from './config-problem.ts';

const { artifacts, migrations } = stackConfigSchema.shape;
const { tool, directory, history, values, bootstrap, timeouts } = migrations.shape;
const { head, up, down } = commandsSchema.shape;

/** The configuration of a baseline stack, which puts an existing database under its migrations. */
export const baselineConfigSchema = z.strictObject({
  kind: z.literal('baseline'),
  platform: z.discriminatedUnion('kind', [localPlatformSchema]).describe('where the database is'),
  migrations: z
    .strictObject({
      tool,
      directory,
      history,
      values,
      bootstrap,
      image: z
        .string()
        .min(1)
        .describe('what the commands run in: name@sha256:<64 hex>; on the local platform also a directory'),
      command: head,
      up,
      down,
      timeouts: timeouts.describe('lock_timeout and statement_timeout of the migrating role'),
    })
    .describe('how the schema moves'),
  baseline: z
    .strictObject({
      sha: z
        .string()
        .regex(/^[0-9a-f]{7,40}$/, 'a commit SHA of 7 to 40 hex digits')
        .describe('the commit of the migrations'),
      revision: z.string().min(1).describe('the newest migration whose result the existing database already is'),
      snapshot: z
        .string()
        .optional()
        .describe('SQL that makes the existing database where there is none, relative to the project'),
      approved: z
        .record(z.string(), approvalSchema)
        .default({})
        .describe('migrations that may take something away (drop, truncate, …), by name'),
      services: stackConfigSchema.shape.release.shape.services
        .optional()
        .describe('services that must be healthy on an empty database at head; without them that is not evaluated'),
      healthSeconds: z.number().int().min(1).max(1800).default(60).describe('bound for each of them, in seconds'),
      reads: z
        .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes'), readSchema)
        .default({})
        .describe('basic reads that must work afterwards'),
    })
    .describe('what is onboarded'),
  change: changeSchema.describe('who answers for the change, who approves it, when it may happen'),
  artifacts,
});

export type BaselineConfig = z.infer<typeof baselineConfigSchema>;

/** Parses the configuration of a baseline stack; every problem is reported in one go. */
export function parseBaselineConfig(
  read: (key: string) => string | undefined,
): BaselineConfig | readonly ConfigProblem[] {
  return parseWith(baselineConfigSchema, read, () => []);
}
