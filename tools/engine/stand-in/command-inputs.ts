import { z } from 'zod';

/** How the engine writes a value that is not known yet, whatever its type. */
const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
/** How the engine marks a value that is not plain: a secret, an asset, a reference. */
const markKey = '4dabf18193072939515e22adb298388d';
const secretMark = '1b47061264138c4ac30d75fd1eb44270';

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

/** The value without its marks of secrecy. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (isSecret(value)) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

/** Whether a secret is anywhere in the value. */
export function hasSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isSecret(value) || Object.values(value).some(hasSecret);
}

/** Marks a value as secret. */
export function secret(value: unknown): unknown {
  return { [markKey]: secretMark, value };
}

/** Whether anything in the value is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnknown);
}

function isSecret(value: object): value is { value: unknown } {
  return (value as Record<string, unknown>)[markKey] === secretMark && 'value' in value;
}

// The engine writes an absent value as null.
function input<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}
