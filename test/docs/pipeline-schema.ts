import { z } from 'zod';

/**
 * The part of Azure Pipelines' YAML that docs/ci/azure-pipelines uses, strictly: a key that is misspelt is refused, as the
 * service would (https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/).
 */
const text = z.string();
const texts = z.record(text, z.union([text, z.number(), z.boolean()]));
const ofStep = { displayName: text.optional(), condition: text.optional(), env: texts.optional() };

const plainStep = z.union([
  z.strictObject({ checkout: z.enum(['self', 'none']), persistCredentials: z.boolean().optional() }),
  z.strictObject({ task: text.regex(/^\w+@\d+$/), inputs: texts.optional(), ...ofStep }),
  z.strictObject({ bash: text, ...ofStep }),
  z.strictObject({ template: text.endsWith('.yml'), parameters: texts.optional() }),
]);
/** `${{ if … }}:` with the steps that it brings in. */
const conditionalSteps = z.record(text.regex(/^\$\{\{ if .+ \}\}$/), z.array(plainStep));
const steps = z.array(z.union([plainStep, conditionalSteps])).min(1);

const ofJob = { timeoutInMinutes: z.int(), cancelTimeoutInMinutes: z.int().optional(), pool: z.never().optional() };
const job = z.union([
  z.strictObject({ job: text, steps, ...ofJob }),
  z.strictObject({
    deployment: text,
    environment: text,
    strategy: z.strictObject({ runOnce: z.strictObject({ deploy: z.strictObject({ steps }) }) }),
    ...ofJob,
  }),
]);
const jobs = z.array(job).min(1);

const parameters = z.array(
  z.strictObject({ name: text, displayName: text.optional(), type: z.literal('string'), default: text.optional() }),
);
const filter = z.strictObject({ include: z.array(text) });
const ofPipeline = {
  parameters: parameters.optional(),
  trigger: z.union([z.literal('none'), z.strictObject({ branches: filter, paths: filter })]),
  pr: z.literal('none').optional(),
  pool: z.strictObject({ vmImage: text }),
  lockBehavior: z.enum(['sequential', 'runLatest']).optional(),
};
const pipeline = z.union([
  z.strictObject({ ...ofPipeline, jobs }),
  z.strictObject({ ...ofPipeline, stages: z.array(z.strictObject({ stage: text, jobs })) }),
  z.strictObject({ parameters, steps }),
]);

/** What the service would not take of a pipeline or a template; empty when it takes all. */
export function pipelineProblems(document: unknown): readonly string[] {
  const parsed = pipeline.safeParse(document);
  return parsed.success ? [] : [JSON.stringify(parsed.error.issues)];
}
