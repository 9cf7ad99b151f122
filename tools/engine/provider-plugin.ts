import { join } from 'node:path';
import { isExecutable, pulumiHome } from './engine-folder.ts';
import { isReachable } from './reachable.ts';
import { runWithProgress } from './run-with-progress.ts';
import { azureNativeVersion, commandVersion } from './versions.ts';

/** A provider plugin that Pulumi gives as a download only, and what stands in for it where that cannot be reached. */
export interface ProviderPlugin {
  /** As in `pulumi plugin install resource <name>`. */
  readonly name: string;
  readonly version: string;
  /** The folder of the stand-in. */
  readonly standIn: string;
}

/** The plugin of @pulumi/command. */
export const commandPlugin: ProviderPlugin = {
  name: 'command',
  version: commandVersion,
  standIn: join(import.meta.dirname, 'stand-in'),
};

/** The plugin of @pulumi/azure-native. Its stand-in speaks to an ARM endpoint on loopback only. */
export const azureNativePlugin: ProviderPlugin = {
  name: 'azure-native',
  version: azureNativeVersion,
  standIn: join(import.meta.dirname, 'stand-in-azure-native'),
};

/** Where to look for a plugin. */
export interface PluginSearch {
  /** Path of the engine's CLI. */
  readonly engine: string;
  readonly env: NodeJS.ProcessEnv;
  /** What is asked to find out whether the plugin can be downloaded. */
  readonly downloadUrl: string;
  readonly say: (line: string) => void;
}

/** The official download of a plugin for this machine. */
export function officialPluginDownload({ name, version }: ProviderPlugin): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return `https://get.pulumi.com/releases/plugins/pulumi-resource-${name}-v${version}-${process.platform}-${arch}.tar.gz`;
}

/** Sees to the plugin, and returns the folders that PATH needs for it: none where the official one can be had. */
export async function findProviderPlugin(plugin: ProviderPlugin, search: PluginSearch): Promise<readonly string[]> {
  const { name, version } = plugin;
  const { engine, env, downloadUrl, say } = search;
  const installed = join(pulumiHome(env), 'plugins', `resource-${name}-v${version}`, `pulumi-resource-${name}`);
  if (await isExecutable(installed)) return [];
  if (await isReachable(downloadUrl, env)) {
    try {
      await runWithProgress({
        command: engine,
        args: ['plugin', 'install', 'resource', name, version],
        cwd: import.meta.dirname,
        env,
        title: `engine: downloading the ${name} plugin ${version}`,
        boundMs: 5 * 60_000,
        say,
      });
      return [];
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }
  say(`engine: a stand-in for the ${name} plugin ${version}, whose download cannot be reached`);
  return [plugin.standIn];
}
