import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { engineEnvironment } from '../../tools/engine/index.ts';
import { commandPlugin } from '../../tools/engine/provider-plugin.ts';
import { projectRoot } from '../../tools/project.ts';

/** A Pulumi project of one resource of @pulumi/command, under the real engine and the stand-in. */
export interface CommandProject {
  /** Sets the resource's arguments; its type too, when it is not `command:local:Command`. */
  set(args: Record<string, unknown>, type?: string): Promise<void>;
  /** Runs the engine to its end; gives the exit code and all it printed. */
  pulumi(...args: string[]): Promise<{ code: number | null; output: string }>;
  /** The stack's outputs: those of the resource. */
  outputs(): Promise<Record<string, unknown>>;
  /** Starts the engine. */
  start(args: readonly string[], options?: SpawnOptions): ChildProcess;
}

const program = `
import { readFileSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
const { type, args } = JSON.parse(readFileSync('resource.json', 'utf8'));
if (args.environment?.SECRET) args.environment.SECRET = pulumi.secret(args.environment.SECRET);
class Command extends pulumi.CustomResource {
  constructor() {
    super(type, 'it', { ...args, stdout: undefined, stderr: undefined }, { version: '1.2.1' });
  }
}
const it = new Command();
export const id = it.id;
export const stdout = it.stdout;
export const stderr = it.stderr;
`;

/** Makes the project in an empty folder. */
export async function commandProject(folder: string): Promise<CommandProject> {
  const engine = await engineEnvironment(() => {});
  const env = {
    ...engine.env,
    // Put first, the stand-in is taken also where the original is installed.
    PATH: [commandPlugin.standIn, engine.env.PATH].join(delimiter),
    PULUMI_BACKEND_URL: `file://${folder}/state`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PULUMI_STACK: 'test',
  };
  await mkdir(join(folder, 'state'));
  await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(
    join(folder, 'Pulumi.yaml'),
    'name: test\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false } }\n',
  );
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  await writeFile(join(folder, 'index.js'), program);

  const start = (args: readonly string[], options: SpawnOptions = {}) =>
    spawn(engine.command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const pulumi = async (...args: string[]) => {
    const child = start([...args, '--non-interactive']);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, output };
  };
  await pulumi('stack', 'init', 'test', '--secrets-provider', 'passphrase');
  return {
    set: (args, type = 'command:local:Command') =>
      writeFile(join(folder, 'resource.json'), JSON.stringify({ type, args })),
    pulumi,
    outputs: async () => JSON.parse((await pulumi('stack', 'output', '--json', '--show-secrets')).output),
    start,
  };
}
