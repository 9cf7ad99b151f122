import { parseArgs } from 'node:util';
import { leaveTarget } from '../gates/cutover/steps/leave-target.ts';
import { lossLine } from '../gates/cutover/steps/loss-of-going-back.ts';
import { openSource } from '../gates/cutover/steps/open-flip-context.ts';
import type { StepDone } from '../gates/cutover/steps/run-steps.ts';
import type { Scanned } from '../gates/cutover/steps/scan-source.ts';
import { demandWayBack, wayBack } from '../gates/cutover/steps/way-back.ts';
import { GateError } from '../gates/kernel/gate-error.ts';
import { seconds } from '../gates/kernel/progress.ts';
import { askedStack, readCutoverStack } from './cutover-stack.ts';
import { sourceGround, withCutoverContext, withCutoverWorld } from './cutover-world.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const usage = 'npm run way-back -- [--look] [--accept-loss] [--without-target] [--stack <name>]';

// `npm run way-back`: give the application the source again after a flip. What that would lose is said before; `--look` stops there.
await runTool(async () => {
  const { stack, rest } = askedStack(process.argv.slice(2));
  const { look, acceptLoss, withoutTarget } = asked(rest);
  const cutover = await readCutoverStack(stack);
  return withCutoverWorld('way-back', cutover, async (on) => {
    const { say } = on.world;
    const since = performance.now();
    const ended = (steps: readonly StepDone[], scan: Scanned) => {
      for (const { step, ms } of steps) say(`${step.padEnd(15)} ${(ms / 1000).toFixed(1)} s`);
      for (const finding of scan.findings) say(finding);
      say(`the application has ${cutover.plan.source.at} again, root ${scan.root ?? 'not known'} (${seconds(since)})`);
      return scan.verdict === 'passed' ? 0 : 1;
    };
    if (withoutTarget) {
      const { opened, steps, scan } = await openSource(sourceGround(on), (context) =>
        leaveTarget(context, { acceptLoss }),
      );
      if (opened)
        say('what was written on the target since the flip, and had not come to the source, is on the target only');
      return ended(steps, scan);
    }
    return withCutoverContext(on, async (context) => {
      const loss = await demandWayBack(context, acceptLoss || look);
      say(lossLine(loss));
      if (look) return 0;
      const { steps, scan } = await wayBack(context, { acceptLoss });
      if (loss.kind !== 'none') say('what is lost is on the target only: the next `npm run cutover` would empty it');
      return ended(steps, scan);
    }).catch((error: unknown) => {
      const findings = error instanceof GateError ? error.findings : [];
      if (findings.some(({ code, about }) => code === 'DATABASE_UNREACHABLE' && about === cutover.plan.target.at)) {
        say('where the target is gone for good: npm run way-back -- --without-target');
      }
      throw error;
    });
  });
});

function asked(args: readonly string[]): { look: boolean; acceptLoss: boolean; withoutTarget: boolean } {
  const options = {
    look: { type: 'boolean', default: false },
    'accept-loss': { type: 'boolean', default: false },
    'without-target': { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    const flags = { look: values.look, acceptLoss: values['accept-loss'], withoutTarget: values['without-target'] };
    if (flags.look && flags.withoutTarget) throw new Error('--look asks the target, which --without-target does not');
    return flags;
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
}
