import { z } from 'zod';
import { hasUnknown, plain } from './engine-values.ts';

const notHere = z.never({ error: 'only the original plugin does this; the stand-in refuses it' }).nullish();

const inputsSchema = z.strictObject({
  create: input(z.string()),
  update: input(z.string()),
  delete: input(z.string()),
  dir: input(z.string()),
  stdin: input(z.string()),
  environment: input(z.record(z.string(), z.string())),
  interpreter: input(z.array(z.string()).min(1)),
  triggers: input(z.array(z.unknown())),
  logging: input(z.enum(['stdout', 'stderr', 'stdoutAndStderr', 'none'])),
  addPreviousOutputInEnv: input(z.boolean()),
  assetPaths: notHere,
  archivePaths: notHere,
});

/** The inputs of command:local:Command, all known and plain. */
export type CommandInputs = Readonly<z.infer<typeof inputsSchema>>;

/** What is wrong with the inputs: one entry a problem, none when they are right. Unknown values are let through. */
export function problemsOf(raw: unknown): { property: string; reason: string }[] {
  const inputs = Object.entries(plain(raw) as Record<string, unknown>).filter(([, value]) => !hasUnknown(value));
  const { error } = inputsSchema.safeParse(Object.fromEntries(inputs));
  return (error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((property) => ({ property, reason: 'command:local:Command has no such input' }))
      : [{ property: issue.path.join('.'), reason: issue.message }],
  );
}

/** The inputs as the command needs them; throws when one is wrong or still unknown. */
export function parseInputs(raw: unknown): CommandInputs {
  const problems = problemsOf(raw);
  if (hasUnknown(raw)) problems.push({ property: 'inputs', reason: 'a value is unknown' });
  if (problems.length > 0) throw new Error(problems.map(({ property, reason }) => `${property}: ${reason}`).join('\n'));
  return plain(raw) as CommandInputs;
}

// The engine writes an absent value as null.
function input<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}
