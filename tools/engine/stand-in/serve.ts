// Stand-in for the provider plugin of @pulumi/command, for machines that cannot reach Pulumi's plugin download.
import { main } from '@pulumi/pulumi/provider/index.js';
import { commandVersion } from '../versions.ts';
import { commandProvider } from './command-provider.ts';
import { engineLog } from './engine-log.ts';
import { stopCommands } from './run-command.ts';

const args = process.argv.slice(2);
const engine = process.ppid;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    await stopCommands();
    process.exit(1);
  });
}
// An engine that is killed hard tells its plugins nothing; a command must not go on without anyone to record it.
setInterval(async () => {
  if (process.ppid === engine) return;
  await stopCommands();
  process.exit(1);
}, 500).unref();

await main({ version: commandVersion, ...commandProvider(engineLog(args.at(-1))) }, args);
