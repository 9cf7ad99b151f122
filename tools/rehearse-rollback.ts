import { resolve } from 'node:path';
import { rehearsalFile, rehearsedStep } from '../gates/cutover/rehearsal-record.ts';
import { rehearseRollback } from '../gates/cutover/steps/rehearse-rollback.ts';
import { sha256 } from '../gates/kernel/digest.ts';
import { writeEvidence } from '../gates/kernel/evidence.ts';
import { recordEvent } from '../gates/kernel/ledger/cutover-event.ts';
import { askedStack, readCutoverStack } from './cutover-stack.ts';
import { withCutoverContext, withCutoverWorld } from './cutover-world.ts';
import { projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const usage = 'npm run rehearse-rollback -- [--stack <name>]';
/** The way back goes on after an interrupt, and has a bound of its own. */
const wayBackSeconds = 900;

// `npm run rehearse-rollback`: flip and go back for real, with a candidate that takes no writes; the evidence opens the gate.
await runTool(async () => {
  const { stack, rest } = askedStack(process.argv.slice(2));
  if (rest.length > 0) throw new SetupError('ARGUMENTS', `${rest.join(' ')} is not known; use: ${usage}`);
  const cutover = await readCutoverStack(stack);
  const record = await withCutoverWorld('rehearse-rollback', cutover, (on) =>
    withCutoverContext(on, (context) =>
      rehearseRollback(context, (work) => {
        const signal = AbortSignal.timeout(wayBackSeconds * 1000);
        return withCutoverContext({ ...on, world: { ...on.world, signal } }, work);
      }),
    ),
  );
  const file = rehearsalFile(cutover.config.artifacts, cutover.release.sha);
  const text = `${JSON.stringify(record, null, 2)}\n`;
  await writeEvidence(resolve(projectRoot, file), text);
  const digest = sha256(text);
  // What the gate takes for this cutover's own rehearsal is the file that the ledger knows.
  await withCutoverWorld('rehearse-rollback', cutover, async ({ world, inputs }) => {
    const { verdict } = record;
    await recordEvent(await world.database(), inputs.plan.id, rehearsedStep, { sha256: digest, verdict });
  });
  for (const { step, ms } of record.steps)
    console.log(`rehearse-rollback: ${step.padEnd(20)} ${(ms / 1000).toFixed(1)} s`);
  if (record.reason !== null) console.error(record.reason);
  console.log(`rehearse-rollback: ${record.verdict}, way back in ${record.wayBackSeconds ?? 'no'} s; ${file}`);
  console.log(`rehearse-rollback: sha256 ${digest}`);
  return record.verdict === 'passed' ? 0 : 1;
});
