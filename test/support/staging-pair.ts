import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { destroyEnvironment, readEnvironment } from '../../infra/local/environment.ts';
import { makeCandidate } from '../../tools/make-candidate.ts';
import type { CutoverProject } from './cutover-project.ts';
import type { Configuration } from './project-copy.ts';
import type { Ended } from './running-program.ts';

/** A second pair of databases in a project, with the same application on it and a cutover stack of its own, `staging`. */
export interface StagingPair {
  /** Runs `npm run cutover -- --stack staging`, or another tool with that option. */
  run(tool: string, ...args: string[]): Promise<Ended>;
  /** File of its rehearsal, relative to the project. */
  readonly rehearsal: string;
  /** Port of the database that its application has. */
  pointer(): Promise<number | undefined>;
  readonly sourcePort: number;
  remove(): Promise<void>;
}

const app = 'staging-app';
const stack = 'staging';
const artifacts = '.artifacts/cutover-staging';
const mapping = 'cutover.staging.yaml';
const variables = { source: 'CUTOVER_STAGING_SOURCE_DIRECT_URL', target: 'CUTOVER_STAGING_TARGET_DIRECT_URL' };

/** Promotes the project's release in an environment of its own, and declares the same cutover for it. */
export async function stagingPair({ project, config }: CutoverProject): Promise<StagingPair> {
  const { root } = project;
  const environment = join(root, '.sallyport', 'staging');
  const beside = join(root, '.sallyport', 'staging-candidate');
  const remove = async () => {
    await destroyEnvironment(beside);
    await destroyEnvironment(environment);
  };
  try {
    const { platform, ...promoted } = project.config;
    const onStaging = { ...promoted, platform: { ...platform, directory: environment }, artifacts: '.artifacts/app' };
    await declare(root, app, onStaging);
    const ended = await project.pulumi('up', '--yes', '--skip-preview', '--stack', app);
    assert.equal(ended.code, 0, ended.output);
    const { urls } = await makeCandidate(environment, beside);
    project.env[variables.source] = urls.source;
    project.env[variables.target] = urls.target;
    const sides = parse(await readFile(join(root, 'cutover.yaml'), 'utf8'));
    await writeFile(join(root, mapping), stringify({ ...sides, ...variables }));
    await declare(root, stack, {
      ...config,
      platform: { kind: 'local', directory: environment },
      cutover: { ...config.cutover, id: 'desk_staging', stage: 'verify', mapping },
      artifacts,
    });
    return {
      run: (tool, ...args) => project.tool(tool, ...args, '--stack', stack),
      rehearsal: join(artifacts, config.cutover.sha, 'rehearsal.json'),
      pointer: async () => (await readEnvironment(environment))?.database.port,
      sourcePort: Number(new URL(urls.source).port),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }

  async function declare(folder: string, name: string, values: Configuration): Promise<void> {
    const file = join(folder, `Pulumi.${name}.yaml`);
    const made = await project.pulumi('stack', 'init', name, '--secrets-provider', 'passphrase', '--no-select');
    assert.equal(made.code, 0, made.output);
    const { encryptionsalt } = parse(await readFile(file, 'utf8'));
    const stored = Object.fromEntries(Object.entries(values).map(([key, value]) => [`sallyport:${key}`, value]));
    await writeFile(file, stringify({ config: stored, encryptionsalt }, { version: '1.1' }));
  }
}
