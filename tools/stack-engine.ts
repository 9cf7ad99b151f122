import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { azureEngineEnvironment, type Engine } from './engine/index.ts';
import { localStack, localStackName } from './local-stack.ts';
import { projectRoot } from './project.ts';

/**
 * The engine for the stack that a command line names, by `--stack` or `PULUMI_STACK`. The state of a stack on this machine
 * is on this machine; that of any other is where the user keeps it: `PULUMI_BACKEND_URL`, or `pulumi login`.
 */
export async function engineFor(args: readonly string[]): Promise<Engine> {
  const stack = stackIn(args) ?? process.env.PULUMI_STACK ?? localStackName;
  if (!(await isElsewhere(stack))) return localStack();
  const { command, env } = await azureEngineEnvironment();
  return { command, env: { ...env, PULUMI_STACK: stack } };
}

function stackIn(args: readonly string[]): string | undefined {
  const at = args.findIndex((argument) => /^(--stack|-s)(=|$)/.test(argument));
  return at === -1 ? undefined : (/=(.+)$/.exec(args[at] ?? '')?.[1] ?? args[at + 1]);
}

/** Whether a stack is not of this machine, as its configuration says; where that cannot be read, the engine says what is wrong with it. */
export async function isElsewhere(stack: string): Promise<boolean> {
  // A stack may be named in full: organization/project/stack.
  const file = join(projectRoot, `Pulumi.${stack.split('/').at(-1)}.yaml`);
  const text = await readFile(file, 'utf8').catch(() => '');
  const kind = parseDocument(text).getIn(['config', 'sallyport:platform', 'kind']);
  return kind !== undefined && kind !== 'local';
}
