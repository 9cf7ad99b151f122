import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectRoot } from '../project.ts';
import { engineFolder, isComplete, placeEngine } from './engine-folder.ts';
import type { EngineSearch } from './find-engine.ts';
import { runWithProgress } from './run-with-progress.ts';

const launcher = join(projectRoot, 'node_modules', 'pulumi', 'run.js');

/** Lets the official launcher download the engine beside its place, and moves it there when it is complete. */
export async function downloadEngine({ env, version, say }: EngineSearch): Promise<void> {
  const folder = engineFolder(env, version);
  await mkdir(dirname(folder), { recursive: true });
  const home = await mkdtemp(join(dirname(folder), '.download-'));
  try {
    const downloadEnv = { ...env, PULUMI_HOME: home, PULUMI_VERSION: version, NODE_USE_ENV_PROXY: '1' };
    await runWithProgress({
      command: process.execPath,
      args: [launcher, 'version'],
      cwd: projectRoot,
      env: downloadEnv,
      title: `engine: downloading pulumi ${version}`,
      boundMs: 15 * 60_000,
      say,
    });
    const downloaded = engineFolder(downloadEnv, version);
    if (!(await isComplete(join(downloaded, 'bin'), version, env)))
      throw new Error('the downloaded engine does not run');
    await placeEngine(downloaded, folder, version, env);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
