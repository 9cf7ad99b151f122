import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { type Cutover, cutoverSchema } from '../gates/verify/settings.ts';
import { problemsOf } from '../stacks/config-problem.ts';
import { projectRoot } from './project.ts';
import { SetupError } from './setup-error.ts';

/** A cutover's configuration, from its file. @throws SetupError with every problem. */
export async function readCutover(file: string): Promise<Cutover> {
  const text = await readFile(resolve(projectRoot, file), 'utf8').catch((error: Error) => {
    throw new SetupError('CONFIG_UNREADABLE', `${error.message}; needed a cutover's configuration (docs/verify.md)`);
  });
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new SetupError('CONFIG_UNREADABLE', `${file} is not YAML: ${problem.message.trim()}`);
  const raw: unknown = document.toJS();
  const parsed = cutoverSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues
    .flatMap((issue) => problemsOf(issue, raw))
    .map(({ key, found, needed }) => `  ${key.replace('sallyport:', '')}: found ${found}; needed ${needed}`);
  throw new SetupError('CONFIG_INVALID', `mend in ${file}:\n${lines.join('\n')}`);
}
