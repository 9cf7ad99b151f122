import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { engineEnvironment } from '../../tools/engine/index.ts';
import { packagePrograms, projectRoot } from '../../tools/project.ts';
import { type Ended, type RunningProgram, runProgram } from './running-program.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The values of a stack's configuration file by their key without `sallyport:`. */
// biome-ignore lint/suspicious/noExplicitAny: a document that tests also make wrong on purpose
export type Configuration = Record<string, any>;

/** A copy of the project with a state and a configuration of its own, and the engine on it: what a user has after `git clone`. */
export interface ProjectCopy {
  readonly root: string;
  readonly config: Configuration;
  /** The engine's environment, which a test may add to. */
  readonly env: Record<string, string>;
  /** Runs the engine to its end, with the configuration as it is now. */
  pulumi(...args: string[]): Promise<Ended>;
  /** `pulumi up` without a preview before it. */
  up(...args: string[]): Promise<Ended>;
  start(...args: string[]): Promise<RunningProgram>;
  /** Runs one of the npm scripts' tools, `rollback` for instance, as the user does. */
  tool(name: string, ...args: string[]): Promise<Ended>;
  /** An evidence file of a release. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes, asserted on member by member
  evidence(sha: string, file: string): Promise<any>;
  /** Ends what still runs, and removes the folder once `before` has ended. */
  remove(before: () => Promise<void>): Promise<void>;
}

const copied = ['gates', 'infra', 'stacks', 'tools', 'Pulumi.yaml', 'package.json', 'tsconfig.json', 'biome.json'];
/** As `npm run pulumi` has it: the salt in the configuration of a local stack belongs to it. */
const passphrase = 'sallyport-local';

/** Copies the project with the configuration of one of its stacks. `variables` are added to the engine's environment. */
export async function projectCopy(
  stack: string,
  variables: (env: Readonly<Record<string, string>>) => Readonly<Record<string, string>> = () => ({}),
): Promise<ProjectCopy> {
  const engine = await engineEnvironment(() => {});
  const folder = await temporaryFolder();
  // PostgreSQL may have to run as another user, who must get through.
  await chmod(folder.path, 0o711);
  const root = join(folder.path, 'project');
  const state = join(root, '.sallyport', 'pulumi');
  await mkdir(state, { recursive: true });
  for (const name of copied) await cp(join(projectRoot, name), join(root, name), { recursive: true });
  await symlink(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  const file = `Pulumi.${stack}.yaml`;
  const document = parse(await readFile(join(projectRoot, file), 'utf8'));
  const config: Configuration = Object.fromEntries(
    Object.entries(document.config).map(([key, value]) => [key.replace('sallyport:', ''), value]),
  );
  const env: Record<string, string> = {
    ...engine.env,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_STACK: stack,
    ...variables(engine.env),
  };
  const running = new Set<RunningProgram>();
  const run = async (command: string, args: readonly string[]) => {
    const stored = Object.fromEntries(Object.entries(config).map(([key, value]) => [`sallyport:${key}`, value]));
    // The engine reads YAML 1.1, in which a bare date is no text.
    const { encryptionsalt } = document;
    const text = stringify({ config: stored, ...(encryptionsalt && { encryptionsalt }) }, { version: '1.1' });
    await writeFile(join(root, file), text);
    const program = runProgram(command, args, { cwd: root, env });
    running.add(program);
    void program.ended.then(() => running.delete(program));
    return program;
  };
  const start = (...args: string[]) => run(engine.command, [...args, '--non-interactive']);
  const project: ProjectCopy = {
    root,
    config,
    env,
    start,
    pulumi: async (...args) => (await start(...args)).ended,
    up: async (...args) => (await start('up', '--yes', '--skip-preview', ...args)).ended,
    tool: async (name, ...args) => {
      const ended = await (await run(join(packagePrograms, 'node'), [join('tools', `${name}.ts`), ...args])).ended;
      const changed = parse(await readFile(join(root, file), 'utf8')).config;
      if (changed['sallyport:replay'] === undefined) delete config.replay;
      else config.replay = changed['sallyport:replay'];
      return ended;
    },
    evidence: async (sha, name) =>
      JSON.parse(await readFile(join(root, config.artifacts ?? '.artifacts/deploy', sha, name), 'utf8')),
    remove: async (before) => {
      for (const program of running) program.signal('SIGKILL');
      await before();
      await rm(folder.path, { recursive: true, force: true });
    },
  };
  const made = await project.pulumi('stack', 'init', stack, '--secrets-provider', 'passphrase', '--no-select');
  assert.equal(made.code, 0, made.output);
  // The salt that was made with the stack is kept, where the configuration had none.
  document.encryptionsalt ??= parse(await readFile(join(root, file), 'utf8')).encryptionsalt;
  return project;
}
