import { join } from 'node:path';
import { isExecutable, pulumiHome } from './engine-folder.ts';
import { isReachable } from './reachable.ts';
import { runWithProgress } from './run-with-progress.ts';

/** Where to look for the provider plugin of @pulumi/command. */
export interface PluginSearch {
  /** Path of the engine's CLI. */
  readonly engine: string;
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  /** What is asked to find out whether the plugin can be downloaded. */
  readonly downloadUrl: string;
  readonly say: (line: string) => void;
}

/** The folder of the stand-in. */
export const standIn = join(import.meta.dirname, 'stand-in');

/** The official download of the plugin for this machine. */
export function officialPluginDownload(version: string): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return `https://get.pulumi.com/releases/plugins/pulumi-resource-command-v${version}-${process.platform}-${arch}.tar.gz`;
}

/** Sees to the plugin, and returns the folders that PATH needs for it: none where the official one can be had. */
export async function findCommandPlugin(search: PluginSearch): Promise<readonly string[]> {
  const { engine, env, version, downloadUrl, say } = search;
  const installed = join(pulumiHome(env), 'plugins', `resource-command-v${version}`, 'pulumi-resource-command');
  if (await isExecutable(installed)) return [];
  if (await isReachable(downloadUrl, env)) {
    try {
      await runWithProgress({
        command: engine,
        args: ['plugin', 'install', 'resource', 'command', version],
        cwd: import.meta.dirname,
        env,
        title: `engine: downloading the command plugin ${version}`,
        boundMs: 5 * 60_000,
        say,
      });
      return [];
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }
  say(`engine: a stand-in for the command plugin ${version}, whose download cannot be reached`);
  return [standIn];
}
