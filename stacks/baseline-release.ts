import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sha256 } from '../gates/kernel/digest.ts';
import { projectRoot } from '../gates/kernel/project-root.ts';
import { releaseSchema } from '../gates/kernel/release.ts';
import { migrationSet } from '../gates/migrate/migration-set.ts';
import { migrationTool } from '../gates/migrate/tools/index.ts';
import type { BaselineArgs } from './baseline.ts';
import type { BaselineConfig } from './baseline-config.ts';
import type { ConfigProblem } from './config-problem.ts';
import { ConfigurationError } from './configuration-error.ts';
import { resolveImage } from './image.ts';

/**
 * What a baseline stack's configuration names, found and hashed. Its release has migrations and no services.
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
  const { image, directory, tool, command } = migrations;
  const resolved = await attempt(
    'migrations.image',
    image,
    'name@sha256:<64 hex>, or a directory',
    resolveImage(image, platform.directory),
  );
  const files = await attempt('migrations.directory', directory, 'a directory of migrations', filesIn(directory, tool));
  const file = baseline.snapshot;
  const text =
    file === undefined
      ? undefined
      : await attempt('baseline.snapshot', file, 'a file of SQL', readFile(resolve(projectRoot, file), 'utf8'));
  if (problems.length > 0 || resolved === undefined || files === undefined) throw new ConfigurationError(problems);
  const release = releaseSchema.parse({
    sha: baseline.sha,
    services: {},
    migrations: { tool, service: 'baseline', command, files },
    smoke: { surfaces: {}, retries: { attempts: 1, delayMs: 0 } },
  });
  const snapshot = file === undefined || text === undefined ? undefined : { file, sha256: sha256(text) };
  return { config, release, image: resolved, snapshot };
}

async function filesIn(directory: string, tool: string) {
  const { files } = await migrationSet(resolve(projectRoot, directory), migrationTool(tool));
  if (files.length === 0) throw new Error(`no file of ${tool}`);
  return files;
}
