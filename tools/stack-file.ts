import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { parseConfig, type StackConfig } from '../stacks/config.ts';
import { type ConfigProblem, configReport } from '../stacks/config-problem.ts';
import { projectRoot } from './project.ts';
import { SetupError } from './setup-error.ts';

/** The file of a stack's configuration. */
export function stackFile(stack: string): string {
  return join(projectRoot, `Pulumi.${stack}.yaml`);
}

type ReadKey = (key: string) => string | undefined;

/** The configuration of a promotion stack, read from its file as the program reads it from the engine. */
export function readStackConfig(stack: string): Promise<StackConfig> {
  return readConfig(stack, parseConfig);
}

/** A stack's configuration of any kind, by the parser of that kind. @throws SetupError with every problem. */
export async function readConfig<Config extends object>(
  stack: string,
  parse: (read: ReadKey) => Config | readonly ConfigProblem[],
): Promise<Config> {
  const stored = (await readYaml(stackFile(stack)))?.config ?? {};
  const config = parse((key) => {
    const value = stored[`sallyport:${key}`];
    return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
  });
  if (!isProblems(config)) return config;
  throw new SetupError('CONFIG_INVALID', configReport(config).replace('CONFIG_INVALID: ', ''));
}

function isProblems(config: object): config is readonly ConfigProblem[] {
  return Array.isArray(config);
}

async function readYaml(file: string): Promise<{ config?: Record<string, unknown> } | null> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new SetupError('CONFIG_UNREADABLE', `${error.message}; needed the stack's configuration in that file`);
  });
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem === undefined) return document.toJS();
  throw new SetupError('CONFIG_UNREADABLE', `${file} is not YAML: ${problem.message.trim()}\nMend the line shown.`);
}

const replayLine = /^ +["']?sallyport:replay["']?:.*\n/m;
const configLine = /^config:[ \t]*(#.*)?\n/m;

/** Sets or removes the release that the stack replays: one line of the file, all else stays byte for byte. */
export async function writeReplay(stack: string, sha: string | undefined): Promise<void> {
  const file = stackFile(stack);
  const text = (await readFile(file, 'utf8')).replace(replayLine, '');
  if (!configLine.test(text)) {
    throw new SetupError('CONFIG_INVALID', `${file} has no line "config:"; needed the stack's configuration`);
  }
  // Quoted: a sha of digits only is text all the same.
  const line = sha === undefined ? '' : `  sallyport:replay: "${sha}"\n`;
  await writeFile(
    file,
    text.replace(configLine, (config) => `${config}${line}`),
  );
}
