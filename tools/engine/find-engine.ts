import { realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { buildEngine } from './build-engine.ts';
import { downloadEngine } from './download-engine.ts';
import { engineFolder, engineParts, isComplete, isExecutable, reportedVersion } from './engine-folder.ts';
import { isReachable } from './reachable.ts';

/** Where to look for the engine. */
export interface EngineSearch {
  readonly env: NodeJS.ProcessEnv;
  /** Without the `v`; no other version is taken. */
  readonly version: string;
  /** What is asked to find out whether the official download can be reached. */
  readonly downloadUrl: string;
  /** Folders in which Go is looked for when PATH has none. */
  readonly goPlaces?: readonly string[];
  readonly say: (line: string) => void;
}

/** The official installation script, which the official launcher downloads the engine with. */
export const officialDownload = 'https://get.pulumi.com/install.sh';

/**
 * Finds the engine, and returns the path of its CLI: a matching one on PATH, the one of the official launcher, the
 * official download, a build with Go. Says in one line which it took.
 */
export async function findEngine(search: EngineSearch): Promise<string> {
  const { env, version, say } = search;
  const passedOver: string[] = [];
  const onPath = await engineOnPath(env, version, passedOver);
  const note = passedOver.length > 0 ? ` (passed over: ${passedOver.join(', ')})` : '';
  if (onPath !== undefined) {
    say(`engine: pulumi ${version} on PATH, ${onPath}${note}`);
    return onPath;
  }
  const bin = join(engineFolder(env, version), 'bin');
  const cached = join(bin, 'pulumi');
  if (await isComplete(bin, version, env)) {
    say(`engine: pulumi ${version} of the official launcher's folder, ${cached}${note}`);
    return cached;
  }
  if (await downloaded(search)) {
    say(`engine: pulumi ${version} downloaded, ${cached}${note}`);
    return cached;
  }
  await buildEngine(search);
  say(`engine: pulumi ${version} built with Go, ${cached}${note}`);
  return cached;
}

async function downloaded(search: EngineSearch): Promise<boolean> {
  if (!(await isReachable(search.downloadUrl, search.env))) {
    search.say(`engine: the official download cannot be reached (${search.downloadUrl}); building with Go`);
    return false;
  }
  try {
    await downloadEngine(search);
    return true;
  } catch (error) {
    search.say(
      `${error instanceof Error ? error.message : error}\nengine: the official download failed; building with Go`,
    );
    return false;
  }
}

async function engineOnPath(
  env: NodeJS.ProcessEnv,
  version: string,
  passedOver: string[],
): Promise<string | undefined> {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const folder of folders) {
    const program = join(folder, 'pulumi');
    // The npm package's `pulumi` is the launcher: running it would download.
    if (!(await isExecutable(program)) || (await realpath(program)).includes('/node_modules/')) continue;
    const found = await reportedVersion(program, env);
    if (found !== version) passedOver.push(`${program} ${found ?? 'does not run'}`);
    else if (!(await hasCompanions(program, folders))) passedOver.push(`${program} has no Node language host`);
    else return program;
  }
  return undefined;
}

/** The CLI finds its companions beside itself or on PATH. */
async function hasCompanions(program: string, folders: readonly string[]): Promise<boolean> {
  const places = [dirname(await realpath(program)), ...folders];
  for (const part of engineParts.slice(1)) {
    const found = await Promise.all(places.map((place) => isExecutable(join(place, part))));
    if (!found.includes(true)) return false;
  }
  return true;
}
