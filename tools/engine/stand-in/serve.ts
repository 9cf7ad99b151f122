// Stand-in for the provider plugin of @pulumi/command, for machines that cannot reach Pulumi's plugin download.
import { commandVersion } from '../versions.ts';
import { commandProvider } from './command-provider.ts';
import { engineLog } from './engine-log.ts';
import { stopCommands } from './run-command.ts';
import { serveProvider } from './serve-provider.ts';

await serveProvider({ version: commandVersion, ...commandProvider(engineLog(process.argv.at(-1))) }, stopCommands);
