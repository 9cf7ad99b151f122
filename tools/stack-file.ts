import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { configReport, parseConfig, type StackConfig } from '../stacks/config.ts';
import { projectRoot } from './project.ts';
import { SetupError } from './setup-error.ts';

/** The file of a stack's configuration. */
export function stackFile(stack: string): string {
  return join(projectRoot, `Pulumi.${stack}.yaml`);
}

/** A stack's configuration, read from its file as the program reads it from the engine. */
export async function readStackConfig(stack: string): Promise<StackConfig> {
  const document = parseDocument(await readFile(stackFile(stack), 'utf8'));
  const stored = (document.toJS() as { config?: Record<string, unknown> }).config ?? {};
  const config = parseConfig((key) => {
    const value = stored[`sallyport:${key}`];
    return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
  });
  if ('length' in config) throw new SetupError('CONFIG_INVALID', configReport(config).replace('CONFIG_INVALID: ', ''));
  return config;
}

/** Sets or removes the release that the stack replays; comments and all else in the file stay. */
export async function writeReplay(stack: string, sha: string | undefined): Promise<void> {
  const file = stackFile(stack);
  const document = parseDocument(await readFile(file, 'utf8'));
  const config = document.get('config');
  if (!isMap(config)) throw new SetupError('CONFIG_INVALID', `${file} has no config; needed the stack's configuration`);
  if (sha === undefined) config.delete('sallyport:replay');
  else config.set('sallyport:replay', sha);
  await writeFile(file, document.toString({ lineWidth: 0, flowCollectionPadding: true }));
}
