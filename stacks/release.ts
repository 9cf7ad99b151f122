import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { projectRoot } from '../gates/kernel/project-root.ts';
import { type Release, releaseSchema } from '../gates/kernel/release.ts';
import { migrationSet } from '../gates/migrate/migration-set.ts';
import { migrationTool } from '../gates/migrate/tools/index.ts';
import type { StackConfig } from './config.ts';
import type { ConfigProblem } from './config-problem.ts';
import { ConfigurationError } from './configuration-error.ts';
import { exceptionsOf } from './exceptions.ts';
import { resolveImage } from './image.ts';

/**
 * The release that a stack's configuration asks for: the one described, or the accepted one that it replays.
 * @throws ConfigurationError with every problem found.
 */
export async function releaseOf(config: StackConfig): Promise<Release> {
  return config.replay === undefined ? described(config) : replayed(config, config.replay);
}

async function described(config: StackConfig): Promise<Release> {
  const problems: ConfigProblem[] = [];
  const { release, migrations, smoke, platform } = config;
  const services: Record<string, unknown> = {};
  const images: Record<string, Promise<string>> = {};
  const store = platform.kind === 'local' ? platform.directory : undefined;
  for (const [name, service] of Object.entries(release.services)) {
    // Services often share an image: it is read, and put into the store, once.
    images[service.image] ??= resolveImage(service.image, store);
    const image = await images[service.image]?.catch((error: Error) => {
      const key = `sallyport:release.services.${name}.image`;
      const needed = 'name@sha256:<64 hex>, or a directory';
      problems.push({
        key,
        found: `${service.image} (${error.message})`,
        needed,
        mend: `pulumi config set --path '${key}' <image>`,
      });
      return service.image;
    });
    services[name] = { ...service, image };
  }
  const directory = resolve(projectRoot, migrations.directory);
  const key = 'sallyport:migrations.directory';
  const mend = `pulumi config set --path '${key}' <directory of the migration files>`;
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const { tool, service, history, values } = migrations;
  const set = isDirectory ? migrationSet(directory, migrationTool(tool)) : undefined;
  if (!isDirectory)
    problems.push({ key, found: `${migrations.directory}, which is no directory`, needed: 'a directory', mend });
  if (problems.length > 0) throw new ConfigurationError(problems);
  const command = migrations.command ?? migrationTool(tool).command;
  const exceptions = await exceptionsOf(config);
  const settings = {
    ...(history && { history }),
    ...(values && { values }),
    ...(exceptions.length > 0 && { exceptions }),
  };
  return releaseSchema.parse({
    sha: release.sha,
    services,
    migrations: { tool, service, command, ...set, ...settings },
    smoke,
  });
}

/** The accepted release as the accept gate wrote it down; preflight compares it with the ledger's record. */
async function replayed(config: StackConfig, sha: string): Promise<Release> {
  const file = join(config.artifacts, sha, 'release.json');
  const text = await readFile(resolve(projectRoot, file), 'utf8').catch(() => undefined);
  const parsed = text === undefined ? undefined : releaseSchema.safeParse(JSON.parse(text));
  if (parsed?.success) return parsed.data;
  const found = text === undefined ? `${sha}, and no ${file}` : `${file}, which is no release`;
  const mend = 'npm run rollback -- <sha> (it writes the file from the ledger), or npm run resume to go forward';
  throw new ConfigurationError([{ key: 'sallyport:replay', found, needed: 'an accepted release', mend }]);
}
