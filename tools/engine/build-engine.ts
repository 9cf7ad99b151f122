import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from '../lock.mjs';
import { SetupError } from '../setup-error.ts';
import { engineFolder, isComplete, placeEngine } from './engine-folder.ts';
import type { EngineSearch } from './find-engine.ts';
import { findGo } from './go.ts';
import { runWithProgress } from './run-with-progress.ts';

const cli = {
  title: 'the CLI',
  directory: join(import.meta.dirname, 'cli'),
  program: 'pulumi',
  source: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
};
const languageHost = {
  title: 'the Node language host',
  directory: join(import.meta.dirname, 'language-nodejs'),
  program: 'pulumi-language-nodejs',
  source: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
};
const versionVariable = 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version';
const dynamicProvider = join(import.meta.dirname, 'pulumi-resource-pulumi-nodejs');
const prefix = '.build-';

/** Builds the engine with Go beside its place in Pulumi's home, and moves it there when every part is ready. */
export async function buildEngine(search: EngineSearch): Promise<void> {
  const { env, version, say } = search;
  const go = await findGo(cli.directory, env, search.goPlaces);
  const folder = engineFolder(env, version);
  await withLock(
    `${folder}.lock`,
    () => say('engine: waiting for another build of it to finish'),
    async () => {
      if (await isComplete(join(folder, 'bin'), version, env)) return;
      await removeLeftovers(dirname(folder));
      const work = await mkdtemp(join(dirname(folder), prefix));
      try {
        await buildParts(go, work, search);
        await placeEngine(work, folder, version, env);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
  );
}

async function buildParts(go: string, work: string, { env, version, say }: EngineSearch): Promise<void> {
  const bin = join(work, 'bin');
  await mkdir(bin);
  for (const part of [languageHost, cli]) {
    const flags = part === cli ? ['-ldflags', `-X ${versionVariable}=v${version}`] : [];
    await runWithProgress({
      command: go,
      args: ['build', '-v', '-o', join(bin, part.program), ...flags, part.source],
      cwd: part.directory,
      env,
      title: `engine: building ${part.title} with Go`,
      boundMs: 60 * 60_000,
      say,
    }).catch((error: Error) => {
      throw new SetupError('ENGINE_BUILD_FAILED', `${error.message}\nWhen that is mended, run the same command again.`);
    });
  }
  await copyFile(dynamicProvider, join(bin, 'pulumi-resource-pulumi-nodejs'));
  await chmod(join(bin, 'pulumi-resource-pulumi-nodejs'), 0o755);
  if (!(await isComplete(bin, version, env))) {
    throw new SetupError(
      'ENGINE_BUILD_FAILED',
      `the engine that was built in ${bin} does not report version ${version}`,
    );
  }
}

/** What killed builds left behind; younger folders may belong to a build that did not see our lock. */
async function removeLeftovers(versions: string): Promise<void> {
  const hourAgo = Date.now() - 60 * 60_000;
  for (const name of await readdir(versions)) {
    const path = join(versions, name);
    if (name.startsWith(prefix) && (await stat(path)).mtimeMs < hourAgo)
      await rm(path, { recursive: true, force: true });
  }
}
