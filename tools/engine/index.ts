import { delimiter, dirname } from 'node:path';
import { packagePrograms } from '../project.ts';
import { pulumiHome } from './engine-folder.ts';
import { findEngine, officialDownload } from './find-engine.ts';
import {
  azureNativePlugin,
  commandPlugin,
  findProviderPlugin,
  officialPluginDownload,
  type ProviderPlugin,
} from './provider-plugin.ts';
import { engineVersion } from './versions.ts';

/** The engine, ready to be run. */
export interface Engine {
  /** Path of the `pulumi` program; `PulumiCommand.get({ root })` wants the folder above its `bin`. */
  readonly command: string;
  /** The environment it needs: PATH with plugins and the project's Node, and Pulumi's home. */
  readonly env: Record<string, string>;
}

type Say = (line: string) => void;

let found: Promise<Engine> | undefined;

/** Finds the engine or makes it, once a process, and says in one line which it took. */
export function engineEnvironment(say: Say = console.error): Promise<Engine> {
  found ??= prepare(say);
  return found;
}

/** The engine with the plugin of @pulumi/azure-native as well: only a stack on Azure looks for so large a download. */
export async function azureEngineEnvironment(say: Say = console.error): Promise<Engine> {
  return withPlugin(await engineEnvironment(say), azureNativePlugin, say);
}

async function prepare(say: Say): Promise<Engine> {
  const command = await findEngine({ env: process.env, version: engineVersion, downloadUrl: officialDownload, say });
  const path = [dirname(command), packagePrograms, process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH: path, PULUMI_HOME: pulumiHome(process.env), PULUMI_SKIP_UPDATE_CHECK: 'true' };
  return withPlugin({ command, env: definedOnly(env) }, commandPlugin, say);
}

async function withPlugin({ command, env }: Engine, plugin: ProviderPlugin, say: Say): Promise<Engine> {
  const downloadUrl = officialPluginDownload(plugin);
  const folders = await findProviderPlugin(plugin, { engine: command, env, downloadUrl, say });
  return { command, env: { ...env, PATH: [...folders, env.PATH].join(delimiter) } };
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
