import { freeze } from '../gates/cutover/freeze/freeze.ts';
import { appLogin } from '../gates/cutover/steps/app-login.ts';
import { askedStack, readCutoverStack } from './cutover-stack.ts';
import { withCutoverWorld, withOperator } from './cutover-world.ts';
import { runTool } from './run-tool.ts';
import { sideAsked } from './side-asked.ts';

const usage = 'npm run freeze -- [--side source|target] [--stack <name>]';

// `npm run freeze`: stop the application's writes to a database by hand, before it is copied or in an emergency. Reads go on.
await runTool(async () => {
  const { stack, rest } = askedStack(process.argv.slice(2));
  const side = sideAsked(rest, usage);
  const cutover = await readCutoverStack(stack);
  await withCutoverWorld('freeze', cutover, async (on) => {
    const { plan, database } = on.inputs;
    const ledger = await on.world.database();
    const platform = await on.world.platform();
    const login = (role: string) => appLogin(platform, database, plan, side, role);
    const { say, signal } = on.world;
    await withOperator(plan, side, (client) => freeze(ledger, client, plan, say, signal, { side, login }));
    say(`${side} ${plan[side].at} takes no writes; npm run thaw -- --side ${side} opens it again`);
  });
  return 0;
});
