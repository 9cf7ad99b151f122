import { glob, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, engineEnvironment } from './engine/index.ts';
import { stateDirectory } from './project.ts';
import { runOnTerminal } from './run-on-terminal.ts';
import { SetupError } from './setup-error.ts';

/** The name of the stack that lives on this machine. */
export const localStackName = 'local';

/** Protects nothing but stacks on this machine, so it may be known: their files' `encryptionsalt` belongs to it. */
const documentedPassphrase = 'sallyport-local';

/** The engine with the local stack's state and passphrase; the stack is made when it is missing. */
export async function localStack(name = localStackName): Promise<Engine> {
  const { command, env } = await engineEnvironment();
  const engine = { command, env: { ...env, ...stackEnvironment(env) } };
  await mkdir(stateDirectory, { recursive: true });
  if (!(await stackExists(name))) {
    const code = await runEngine(engine, ['stack', 'init', name, '--secrets-provider', 'passphrase', '--no-select']);
    if (code !== 0) throw new SetupError('STACK_NOT_MADE', `pulumi stack init ${name} failed, see above`);
  }
  return engine;
}

/** Runs the engine in the project's folder and on this terminal; gives its exit code. */
export function runEngine({ command, env }: Engine, args: readonly string[]): Promise<number> {
  return runOnTerminal(command, args, env);
}

function stackEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const passphraseGiven = env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  return {
    PULUMI_BACKEND_URL: `file://${stateDirectory}`,
    PULUMI_STACK: env.PULUMI_STACK ?? localStackName,
    ...(passphraseGiven ? {} : { PULUMI_CONFIG_PASSPHRASE: documentedPassphrase }),
  };
}

async function stackExists(name: string): Promise<boolean> {
  const files = glob(join('.pulumi', 'stacks', '*', `${name}.json*`), { cwd: stateDirectory });
  for await (const _file of files) return true;
  return false;
}
