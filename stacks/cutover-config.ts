import { z } from 'zod';
import { backfillSettings, freezeSettings, planSchema, rehearsalSettings } from '../gates/cutover/plan.ts';
import { changeSchema } from '../gates/kernel/change.ts';
import { serviceSchema } from '../gates/kernel/release.ts';
import { localPlatformSchema, parseWith, stackConfigSchema } from './config.ts';
import { type ConfigProblem, problemAt } from './config-problem.ts';
import { cutoverAzureChecks } from './cutover-azure-checks.ts';
import { cutoverAzureSchema } from './cutover-azure-config.ts';

const { migrations, rollout } = stackConfigSchema.shape;
const { tool, directory, history, values } = migrations.shape;
const { id, reverse, reviewer } = planSchema.shape;

/** The stages of a cutover, in their order: each takes those before it along. */
export const stages = ['preflight', 'schema', 'backfill', 'verify', 'gate', 'all'] as const;

export type Stage = (typeof stages)[number];

const image = z.string().min(1);
const count = z.number().int().min(1).max(64);

/** `cutover.job`: who works where neither sessions nor processes of the gates' own are enough. */
const jobSchema = z.strictObject({
  image: image.describe(
    'this project as an image, by the Dockerfile: name@sha256:<64 hex>; on the local platform also a directory with gates, infra and package.json',
  ),
  workers: count.default(4).describe('workers in all: of the copy, and on each side of a verification'),
  parallelism: count.default(1).describe('workers of one execution, its replicas; a divisor of workers'),
  cpu: serviceSchema.shape.cpu.describe('vCPUs of a worker, in quarters; 0.5 where it is absent; on Azure only'),
  timeoutSeconds: z
    .number()
    .int()
    .min(60)
    .max(604_800)
    .default(86_400)
    .describe('bound of an execution; one that comes to it is replaced, twice'),
});

export type CutoverJobConfig = z.infer<typeof jobSchema>;

/** The configuration of a cutover stack, which moves an application to another database. */
export const cutoverConfigSchema = z.strictObject({
  kind: z.literal('cutover').describe('moves an application to another database'),
  platform: z
    .discriminatedUnion('kind', [localPlatformSchema.pick({ kind: true, directory: true }), cutoverAzureSchema])
    .describe('where the application runs that is moved'),
  migrations: z
    .strictObject({
      tool,
      directory,
      history,
      values,
      image: image.describe('what the command runs in: name@sha256:<64 hex>; on the local platform also a directory'),
      command: z.array(z.string()).min(1).describe('applies every migration, to the empty candidate'),
    })
    .describe('what makes the schema of the candidate'),
  cutover: z
    .strictObject({
      id: id.describe('names what is made in the databases for it: sallyport_<id>'),
      sha: z
        .string()
        .regex(/^[0-9a-f]{7,40}$/, 'a commit SHA of 7 to 40 hex digits')
        .describe('the commit of migrations and mapping'),
      stage: z
        .enum(stages)
        .default('all')
        .describe('how far it goes; a stage whose receipt is there and still holds is not run again'),
      mapping: z.string().min(1).default('cutover.yaml').describe('sides, modules and checks (docs/verify.md)'),
      strategy: z
        .enum(['replicate', 'copy'])
        .default('replicate')
        .describe('replicate follows a source that is written to; copy is for one whose writes are stopped'),
      job: jobSchema
        .optional()
        .describe(
          'verification and copy as executions of a job of the platform; without it in the process of the gate',
        ),
      backfill: backfillSettings.prefault({}).describe('how rows are carried over, and what that may cost the source'),
      freeze: freezeSettings.prefault({}).describe('how writes are stopped'),
      reverse: reverse
        .default(true)
        .describe(
          'with replicate: rows written after the flip go back to the source, so that going back loses nothing',
        ),
      rehearsal: rehearsalSettings
        .extend({
          evidence: z
            .string()
            .min(1)
            .optional()
            .describe('file of a rehearsal on a staging pair; without it that of this stack, in the artifacts'),
        })
        .prefault({})
        .describe('what a rehearsal of the way back must have shown'),
      reviewer: reviewer.default('reviewer').describe('the role that approves, as the server of the source calls it'),
    })
    .describe('what is moved, and how'),
  rollout: rollout.describe('bounds of rolling the apps to the candidate, and back'),
  change: changeSchema.describe('who answers for the change, who approves it, when it may happen'),
  artifacts: z.string().default('.artifacts/cutover').describe('where evidence goes, relative to the project'),
});

export type CutoverConfig = z.infer<typeof cutoverConfigSchema>;

/** Parses the configuration of a cutover stack; every problem is reported in one go. */
export function parseCutoverConfig(
  read: (key: string) => string | undefined,
): CutoverConfig | readonly ConfigProblem[] {
  return parseWith(cutoverConfigSchema, read, (config) => [...jobChecks(config), ...cutoverAzureChecks(config)]);
}

/** A job and processes would be two answers to who works. */
function jobChecks({ cutover: { job, backfill } }: CutoverConfig): readonly ConfigProblem[] {
  if (job === undefined) return [];
  const problems: ConfigProblem[] = [];
  if (backfill.processes > 0) {
    const key = ['cutover', 'backfill', 'processes'];
    problems.push(problemAt(key, `${backfill.processes}, beside cutover.job`, '0'));
  }
  if (job.workers % job.parallelism !== 0) {
    const needed = `a multiple of cutover.job.parallelism, ${job.parallelism}`;
    problems.push(problemAt(['cutover', 'job', 'workers'], String(job.workers), needed));
  }
  return problems;
}
