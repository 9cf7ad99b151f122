import { thaw } from '../gates/cutover/freeze/thaw.ts';
import { readFlipRun, runSteps } from '../gates/cutover/steps/flip-journal.ts';
import { addressLine } from '../gates/cutover/steps/pointed.ts';
import { isMoved, isOpened } from '../gates/cutover/steps/run-flip.ts';
import { messageOf } from '../gates/kernel/gate-error.ts';
import { recordEvent } from '../gates/kernel/ledger/cutover-event.ts';
import { askedStack, readCutoverStack } from './cutover-stack.ts';
import { withCutoverWorld, withOperator } from './cutover-world.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';
import { sideAsked } from './side-asked.ts';

const usage = 'npm run thaw -- [--side source|target] [--stack <name>]';

// `npm run thaw`: give back exactly what a freeze took, by hand.
await runTool(async () => {
  const { stack, rest } = askedStack(process.argv.slice(2));
  const side = sideAsked(rest, usage);
  const cutover = await readCutoverStack(stack);
  await withCutoverWorld('thaw', cutover, async ({ world, inputs: { plan } }) => {
    const ledger = await world.database();
    const run = await readFlipRun(ledger, plan);
    const unfinished = run?.state === 'flipping' || run?.state === 'undoing';
    const { pointer } = await world.platform();
    // Where the target takes no writes yet, the source is safe to open though the platform is away.
    const whereClosed = (error: unknown): undefined => {
      if (side !== 'source' || run === undefined || !unfinished || isOpened(run)) throw error;
      world.say(`which database the apps have is not known: ${messageOf(error)}`);
    };
    // Until traffic moved it is on the source, also where a pointing was cut off between two apps.
    const pointed = unfinished && !isMoved(run) ? undefined : await pointer?.read().catch(whereClosed);
    const serving = pointed === undefined ? plan.source.at : addressLine(pointed);
    const cutOff = run?.rehearsal ? 'npm run rehearse-rollback' : 'npm run cutover';
    const mend = unfinished ? cutOff : 'npm run way-back';
    // A second database that takes writes: whatever somebody writes there is lost to the application.
    if (run !== undefined && serving !== plan[side].at) {
      throw new SetupError(
        'NOT_THE_ONE_THAT_SERVES',
        `found the application on ${serving}; needed on ${plan[side].at}: ${mend}`,
      );
    }
    // Until a flip or a way back has ended, the target takes no write: going back to the source would lose it.
    if (side === 'target' && run !== undefined && run.state !== 'flipped') {
      throw new SetupError('FLIP_UNFINISHED', `found a flip or a way back that has not ended; end it first: ${mend}`);
    }
    // On record before the first write: what the flip has shown of a source that stood still holds no more.
    if (run?.state === 'flipping' && !isOpened(run)) {
      await recordEvent(ledger, plan.id, runSteps.undoing, { why: 'npm run thaw' });
      // What starts again from now on finds the source.
      await pointer?.point(run.from).catch(whereClosed);
    }
    const { settings, rights } = await withOperator(plan, side, (client) => thaw(ledger, client, plan, side));
    world.say(
      settings + rights === 0
        ? `${side}: nothing was frozen`
        : `${side}: ${settings} settings, ${rights} rights are back`,
    );
  });
  return 0;
});
