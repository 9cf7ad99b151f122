import { delimiter, dirname } from 'node:path';
import { packagePrograms } from '../project.ts';
import { findCommandPlugin, officialPluginDownload } from './command-plugin.ts';
import { pulumiHome } from './engine-folder.ts';
import { findEngine, officialDownload } from './find-engine.ts';
import { commandVersion, engineVersion } from './versions.ts';

/** The engine, ready to be run. */
export interface Engine {
  /** Path of the `pulumi` program; `PulumiCommand.get({ root })` wants the folder above its `bin`. */
  readonly command: string;
  /** The environment it needs: PATH with plugins and the project's Node, and Pulumi's home. */
  readonly env: Record<string, string>;
}

let found: Promise<Engine> | undefined;

/** Finds the engine or makes it, once a process, and says in one line which it took. */
export function engineEnvironment(say: (line: string) => void = console.error): Promise<Engine> {
  found ??= prepare(say);
  return found;
}

async function prepare(say: (line: string) => void): Promise<Engine> {
  const command = await findEngine({ env: process.env, version: engineVersion, downloadUrl: officialDownload, say });
  const path = [dirname(command), packagePrograms, process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH: path, PULUMI_HOME: pulumiHome(process.env), PULUMI_SKIP_UPDATE_CHECK: 'true' };
  const plugins = await findCommandPlugin({
    engine: command,
    env,
    version: commandVersion,
    downloadUrl: officialPluginDownload(commandVersion),
    say,
  });
  return { command, env: definedOnly({ ...env, PATH: [...plugins, path].join(delimiter) }) };
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
