import { z } from 'zod';
import { backfillSettings, freezeSettings, planSchema, rehearsalSettings } from '../gates/cutover/plan.ts';
import { changeSchema } from '../gates/kernel/change.ts';
import { localPlatformSchema, parseWith, stackConfigSchema } from './config.ts';
import type { ConfigProblem } from './config-problem.ts';
import { cutoverAzureChecks } from './cutover-azure-checks.ts';
import { cutoverAzureSchema } from './cutover-azure-config.ts';

const { migrations, rollout } = stackConfigSchema.shape;
const { tool, directory, history, values } = migrations.shape;
const { id, reverse, reviewer } = planSchema.shape;

/** The stages of a cutover, in their order: each takes those before it along. */
export const stages = ['preflight', 'schema', 'backfill', 'verify', 'gate', 'all'] as const;

export type Stage = (typeof stages)[number];

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
      image: z
        .string()
        .min(1)
        .describe('what the command runs in: name@sha256:<64 hex>; on the local platform also a directory'),
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
  return parseWith(cutoverConfigSchema, read, cutoverAzureChecks);
}
