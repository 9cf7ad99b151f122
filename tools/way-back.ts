import { parseArgs } from 'node:util';
import { lossLine } from '../gates/cutover/steps/loss-of-going-back.ts';
import { demandWayBack, wayBack } from '../gates/cutover/steps/way-back.ts';
import { seconds } from '../gates/kernel/progress.ts';
import { askedStack, readCutoverStack } from './cutover-stack.ts';
import { withCutoverContext, withCutoverWorld } from './cutover-world.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const usage = 'npm run way-back -- [--look] [--accept-loss] [--stack <name>]';

// `npm run way-back`: give the application the source again after a flip. What that would lose is said before; `--look` stops there.
await runTool(async () => {
  const { stack, rest } = askedStack(process.argv.slice(2));
  const { look, acceptLoss } = asked(rest);
  const cutover = await readCutoverStack(stack);
  return withCutoverWorld('way-back', cutover, (on) =>
    withCutoverContext(on, async (context) => {
      const { say } = on.world;
      const since = performance.now();
      const loss = await demandWayBack(context, acceptLoss || look);
      say(lossLine(loss));
      if (look) return 0;
      const { steps, scan } = await wayBack(context, { acceptLoss });
      for (const { step, ms } of steps) say(`${step.padEnd(14)} ${(ms / 1000).toFixed(1)} s`);
      for (const finding of scan.findings) say(finding);
      say(`the application has ${cutover.plan.source.at} again, root ${scan.root ?? 'not known'} (${seconds(since)})`);
      return scan.verdict === 'passed' ? 0 : 1;
    }),
  );
});

function asked(args: readonly string[]): { look: boolean; acceptLoss: boolean } {
  const options = {
    look: { type: 'boolean', default: false },
    'accept-loss': { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    return { look: values.look, acceptLoss: values['accept-loss'] };
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
}
