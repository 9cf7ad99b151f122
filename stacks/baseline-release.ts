import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sha256 } from '../gates/kernel/digest.ts';
import { projectRoot } from '../gates/kernel/project-root.ts';
import { releaseSchema } from '../gates/kernel/release.ts';
import { type MigrationSet, migrationSet } from '../gates/migrate/migration-set.ts';
import { migrationTool } from '../gates/migrate/tools/index.ts';
import type { BaselineArgs } from './baseline.ts';
import type { BaselineConfig } from './baseline-config.ts';
import { bootstrapFiles } from './bootstrap.ts';
import type { ConfigProblem } from './config-problem.ts';
import { ConfigurationError } from './configuration-error.ts';
import { resolveImage } from './image.ts';

/**
 * What a baseline stack's configuration names, found and hashed.
 * @throws ConfigurationError with every problem found.
 */
export async function baselineOf(config: BaselineConfig): Promise<BaselineArgs> {
  const { migrations, baseline, platform } = config;
  const problems: ConfigProblem[] = [];
  const attempt = async <T>(key: string, found: string, needed: string, work: Promise<T>): Promise<T | undefined> =>
    work.catch((error: Error) => {
      const mend = `pulumi config set --path 'sallyport:${key}' <${needed}>`;
      problems.push({ key: `sallyport:${key}`, found: `${found} (${error.message})`, needed, mend });
      return undefined;
    });
  const { image, directory, tool, command, history, values } = migrations;
  const resolved = await attempt(
    'migrations.image',
    image,
    'name@sha256:<64 hex>, or a directory',
    resolveImage(image, platform.directory),
  );
  const services: Record<string, unknown> = {};
  for (const [name, service] of Object.entries(baseline.services ?? {})) {
    const key = `baseline.services.${name}.image`;
    const needed = 'name@sha256:<64 hex>, or a directory';
    const own = await attempt(key, service.image, needed, resolveImage(service.image, platform.directory));
    services[name] = { ...service, image: own };
  }
  const set = await attempt('migrations.directory', directory, 'a directory of migrations', setIn(directory, tool));
  const bootstrap = await bootstrapFiles(migrations);
  const file = baseline.snapshot;
  const text =
    file === undefined
      ? undefined
      : await attempt('baseline.snapshot', file, 'a file of SQL', readFile(resolve(projectRoot, file), 'utf8'));
  if (problems.length > 0 || resolved === undefined || set === undefined) throw new ConfigurationError(problems);
  const settings = { ...(history && { history }), ...(values && { values }) };
  const release = releaseSchema.parse({
    sha: baseline.sha,
    services,
    migrations: { tool, service: 'baseline', command, ...set, ...settings },
    smoke: { surfaces: {}, retries: { attempts: 1, delayMs: 0 } },
  });
  const snapshot = file === undefined || text === undefined ? undefined : { file, sha256: sha256(text) };
  return { config, release, image: resolved, snapshot, bootstrap };
}

async function setIn(directory: string, tool: string): Promise<MigrationSet> {
  const set = migrationSet(resolve(projectRoot, directory), migrationTool(tool));
  if (set.files.length === 0) throw new Error(`no file of ${tool}`);
  return set;
}
