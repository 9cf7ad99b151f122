import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { parse, stringify } from 'yaml';
import { connect } from '../../gates/kernel/database.ts';
import { acceptedReleases } from '../../gates/kernel/ledger/accepted.ts';
import { destroyEnvironment, readEnvironment } from '../../infra/local/environment.ts';
import { openLocalPlatform } from '../../infra/local/open-local-platform.ts';
import type { DatabaseRole, Platform } from '../../infra/platform.ts';
import { assembleRelease } from '../../stacks/sample-releases/assemble.ts';
import { engineEnvironment } from '../../tools/engine/index.ts';
import { packagePrograms, projectRoot } from '../../tools/project.ts';
import { type Ended, type RunningProgram, runProgram } from './running-program.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The values of a stack's configuration file by their key without `sallyport:`. */
// biome-ignore lint/suspicious/noExplicitAny: a document that tests also make wrong on purpose
export type Configuration = Record<string, any>;

/** A copy of the project with a state, a configuration and an environment of its own: what a user has after `git clone`. */
export interface PromotionProject {
  readonly root: string;
  /** Where its environment is, once `up` has made it. */
  readonly directory: string;
  readonly config: Configuration;
  /** Points the configuration to a sample release, with more files in it and under another sha where they are given. */
  pointTo(name: string, own?: { sha: string; files?: Readonly<Record<string, string>> }): Promise<void>;
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
  platform(): Promise<Platform>;
  /** Opens a session; the project closes it when it is removed. */
  session(role: DatabaseRole): Promise<Client>;
  remove(): Promise<void>;
}

const copied = ['gates', 'infra', 'stacks', 'tools', 'Pulumi.yaml', 'package.json', 'tsconfig.json', 'biome.json'];
/** As `npm run pulumi` has it: the salt in the configuration belongs to it. */
const passphrase = 'sallyport-local';

/**
 * Makes a project whose checks are quick and whose bounds are short; a test changes what it is about. With `beside`, it is
 * a second project on the environment of another one.
 */
export async function promotionProject(beside?: PromotionProject): Promise<PromotionProject> {
  const engine = await engineEnvironment(() => {});
  const folder = await temporaryFolder();
  // PostgreSQL may have to run as another user, who must get through.
  await chmod(folder.path, 0o711);
  const root = join(folder.path, 'project');
  const directory = beside?.directory ?? join(root, '.sallyport', 'local');
  const state = join(root, '.sallyport', 'pulumi');
  await mkdir(state, { recursive: true });
  for (const name of copied) await cp(join(projectRoot, name), join(root, name), { recursive: true });
  await symlink(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  const document = parse(await readFile(join(projectRoot, 'Pulumi.local.yaml'), 'utf8'));
  const config: Configuration = Object.fromEntries(
    Object.entries(document.config).map(([key, value]) => [key.replace('sallyport:', ''), value]),
  );
  makeQuick(config);
  if (beside !== undefined) config.platform.directory = directory;

  const env = {
    ...engine.env,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_STACK: 'local',
  };
  const sessions: Client[] = [];
  const running = new Set<RunningProgram>();
  const run = async (command: string, args: readonly string[]) => {
    const stored = Object.fromEntries(Object.entries(config).map(([key, value]) => [`sallyport:${key}`, value]));
    // The engine reads YAML 1.1, in which a bare date is no text.
    const text = stringify({ config: stored, encryptionsalt: document.encryptionsalt }, { version: '1.1' });
    await writeFile(join(root, 'Pulumi.local.yaml'), text);
    const program = runProgram(command, args, { cwd: root, env });
    running.add(program);
    void program.ended.then(() => running.delete(program));
    return program;
  };
  const start = (...args: string[]) => run(engine.command, [...args, '--non-interactive']);
  const platform = async () => openLocalPlatform((await environment()).address);
  const environment = async () => {
    const found = await readEnvironment(directory);
    assert.ok(found, `no environment in ${directory}`);
    return found;
  };
  const project: PromotionProject = {
    root,
    directory,
    config,
    pointTo: async (name, own) => {
      const made = await assembleRelease(name, join(root, '.sallyport', 'app', own?.sha ?? name));
      for (const [file, text] of Object.entries(own?.files ?? {})) await writeFile(join(made.directory, file), text);
      const image = made.directory;
      const sha = own?.sha ?? made.sha;
      config.release.sha = sha;
      for (const service of Object.values<Configuration>(config.release.services)) service.image = image;
      config.migrations.directory = join(image, 'migrations');
      config.migrations.legacyBaseline = join(image, 'migrations.legacy.yaml');
      if (config.flags?.['support-informed']) config.flags['support-informed'] = sha;
    },
    start,
    pulumi: async (...args) => (await start(...args)).ended,
    up: async (...args) => (await start('up', '--yes', '--skip-preview', ...args)).ended,
    tool: async (name, ...args) => {
      const ended = await (await run(join(packagePrograms, 'node'), [join('tools', `${name}.ts`), ...args])).ended;
      const changed = parse(await readFile(join(root, 'Pulumi.local.yaml'), 'utf8')).config;
      if (changed['sallyport:replay'] === undefined) delete config.replay;
      else config.replay = changed['sallyport:replay'];
      return ended;
    },
    evidence: async (sha, file) =>
      JSON.parse(await readFile(join(root, config.artifacts ?? '.artifacts/deploy', sha, file), 'utf8')),
    platform,
    session: async (role) => {
      const client = await connect(await platform(), (await environment()).database, role, 'a test');
      sessions.push(client);
      return client;
    },
    remove: async () => {
      for (const program of running) program.signal('SIGKILL');
      // One that the test has broken is closed already.
      await Promise.allSettled(sessions.map((client) => client.end()));
      if (beside === undefined) await destroyEnvironment(directory);
      await rm(folder.path, { recursive: true, force: true });
    },
  };
  const made = await project.pulumi('stack', 'init', 'local', '--secrets-provider', 'passphrase', '--no-select');
  assert.equal(made.code, 0, made.output);
  await project.pointTo('first');
  return project;
}

/** Everything real, and no more of it than a gate needs to judge: two services, one command, bounds of seconds. */
function makeQuick(config: Configuration): void {
  delete config.release.services.web;
  for (const [name, surface] of Object.entries<Configuration>(config.smoke.surfaces)) {
    if (surface.service === 'web') delete config.smoke.surfaces[name];
  }
  config.smoke.retries = { attempts: 3, delayMs: 100 };
  config.guard.commands = { quick: 'true' };
  config.migrations.timeouts = { job: 60, lock: '2s', statement: '20s' };
  config.migrations.retries = { attempts: 2, baseSeconds: 0.1 };
  // What the rehearsal would refuse is what the gates after it are tested with; test/engine/rehearsal.test.ts has it on.
  config.rehearse = { without: 'tests of the gates that come after it' };
  delete config.migrations.stepCommand;
  config.rollout = { healthSeconds: 20, probeAnswers: 3, probeSeconds: 15, drainSeconds: 20 };
}

/** What the ledger, the platform and the public address say serves; they must say the same. */
export async function assertServing(project: PromotionProject, sha: string): Promise<void> {
  const client = await project.session('gates');
  const [accepted] = await acceptedReleases(client);
  assert.equal(accepted?.sha, sha, 'the ledger has another accepted release');
  const { apps } = await project.platform();
  const address = (await apps.getApp('api'))?.address;
  const answer = await fetch(`${address}/healthz`, { headers: { connection: 'close' } });
  assert.equal(answer.status, 200, await answer.text());
  assert.equal(answer.headers.get('x-revision'), accepted?.revisions.api, 'another revision answers');
}

/** A run that was refused for this reason, said without a stack trace. */
export function assertRefused(ended: Ended, reason: string): Ended {
  assert.notEqual(ended.code, 0, ended.output);
  assert.ok(ended.output.includes(reason), `${reason} is not in:\n${ended.output}`);
  assert.doesNotMatch(ended.output, /^\s+at .+(:\d+:\d+\)?|<anonymous>)$/m);
  return ended;
}
