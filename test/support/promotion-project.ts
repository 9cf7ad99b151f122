import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { connect } from '../../gates/kernel/database.ts';
import { acceptedReleases } from '../../gates/kernel/ledger/accepted.ts';
import { destroyEnvironment, readEnvironment } from '../../infra/local/environment.ts';
import { openLocalPlatform } from '../../infra/local/open-local-platform.ts';
import type { DatabaseRole, Platform } from '../../infra/platform.ts';
import { assembleRelease } from '../../stacks/sample-releases/assemble.ts';
import { type Configuration, type ProjectCopy, projectCopy } from './project-copy.ts';
import type { Ended } from './running-program.ts';

export type { Configuration } from './project-copy.ts';

/** A copy of the project with an environment of its own. */
export interface PromotionProject extends Omit<ProjectCopy, 'remove'> {
  /** Where its environment is, once `up` has made it. */
  readonly directory: string;
  /** Points the configuration to a sample release, with more files in it and under another sha where they are given. */
  pointTo(name: string, own?: OwnRelease): Promise<void>;
  platform(): Promise<Platform>;
  /** Opens a session; the project closes it when it is removed. */
  session(role: DatabaseRole): Promise<Client>;
  remove(): Promise<void>;
}

/** What makes another release of a sample: a sha of its own, and files that are added. */
export interface OwnRelease {
  readonly sha: string;
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Makes a project whose checks are quick; a test changes what it is about. With `beside`, it is a second project on the
 * environment of another one.
 */
export async function promotionProject(beside?: PromotionProject): Promise<PromotionProject> {
  const copy = await projectCopy('local');
  const { root, config } = copy;
  const directory = beside?.directory ?? join(root, '.sallyport', 'local');
  makeQuick(config);
  if (beside !== undefined) config.platform.directory = directory;
  const sessions: Client[] = [];
  const platform = async () => openLocalPlatform((await environment()).address);
  const environment = async () => {
    const found = await readEnvironment(directory);
    assert.ok(found, `no environment in ${directory}`);
    return found;
  };
  const project: PromotionProject = {
    ...copy,
    directory,
    pointTo: async (name, own) => {
      const image = await pointConfig(copy, name, own);
      for (const service of Object.values<Configuration>(config.release.services)) service.image = image;
    },
    platform,
    session: async (role) => {
      const client = await connect(await platform(), (await environment()).database, role, 'a test');
      sessions.push(client);
      return client;
    },
    remove: () =>
      copy.remove(async () => {
        // One that the test has broken is closed already.
        await Promise.allSettled(sessions.map((client) => client.end()));
        if (beside === undefined) await destroyEnvironment(directory);
      }),
  };
  await project.pointTo('first');
  return project;
}

/** Lays a sample release out, and points all but the images to it; gives the directory. */
export async function pointConfig({ root, config }: ProjectCopy, name: string, own?: OwnRelease): Promise<string> {
  const made = await assembleRelease(name, join(root, '.sallyport', 'app', own?.sha ?? name));
  for (const [file, text] of Object.entries(own?.files ?? {})) await writeFile(join(made.directory, file), text);
  const sha = own?.sha ?? made.sha;
  config.release.sha = sha;
  config.migrations.directory = join(made.directory, 'migrations');
  config.migrations.legacyBaseline = join(made.directory, 'migrations.legacy.yaml');
  if (config.flags?.['support-informed']) config.flags['support-informed'] = sha;
  return made.directory;
}

/** Everything real, and no more of it than a gate needs to judge: two services, one command, quick tries. */
export function makeQuick(config: Configuration): void {
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
  config.rollout = roomyRollout();
}

/** Bounds that nothing comes near, however slow the machine: a test in which one is to run out shortens it. */
export function roomyRollout(): Configuration {
  return { healthSeconds: 120, probeAnswers: 3, probeSeconds: 60, drainSeconds: 60 };
}

/** What the ledger, the platform and the public address say serves; they must say the same. */
export async function assertServing(
  project: Pick<PromotionProject, 'session' | 'platform'>,
  sha: string,
): Promise<void> {
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
