import { openPlatform } from '../gates/kernel/open-platform.ts';
import { redact } from '../gates/kernel/redact.ts';
import { readEnvironment } from '../infra/local/environment.ts';
import { advise } from './advise/advise.ts';
import { findState } from './advise/find-state.ts';
import { localDirectory } from './local-directory.ts';
import { localStackName } from './local-stack.ts';
import { withLedger } from './open-ledger.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';
import { readStackConfig } from './stack-file.ts';

// `npm run advise`: which recovery applies to what is there now, why, and by which commands. Changes nothing.
await runTool(async () => {
  const config = await readStackConfig(process.env.PULUMI_STACK ?? localStackName);
  const where = localDirectory(config);
  const environment = await readEnvironment(where);
  if (environment === undefined) {
    throw new SetupError('ENVIRONMENT_NOT_RUNNING', `found no environment running in ${where}; start it: npm start`);
  }
  const platform = await openPlatform(environment.address);
  const say = (line: string) => console.log(redact(line));
  const state = await withLedger(config, (client) => findState(client, platform, config, say));
  const { recovery, why, commands, back } = advise(state);
  say(`advice: ${recovery}`);
  for (const line of why) say(`  because ${line}`);
  for (const command of commands) say(`  do      ${command}`);
  say(`way back: ${back.possible ? 'yes' : 'no'}, ${back.why}`);
  if (back.command !== undefined) say(`  do      ${back.command}`);
  for (const { name, takenAt, restore } of state.restorePoints) say(`restore point ${name}, ${takenAt}: ${restore}`);
  return 0;
});
