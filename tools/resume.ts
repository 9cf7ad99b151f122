import { parseArgs } from 'node:util';
import { letGo } from './ask-ledger.ts';
import { localStackName } from './local-stack.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';
import { readStackConfig, writeReplay } from './stack-file.ts';

const usage = 'npm run resume -- --by <role> --reason "<why it is safe to go forward>"';

// `npm run resume`: let go of the hold that a rollback put on promotion, on record with who and why.
await runTool(async () => {
  const { by, reason } = asked();
  const stack = process.env.PULUMI_STACK ?? localStackName;
  const config = await readStackConfig(stack);
  const hold = await letGo(stack, config, by, reason);
  if (config.replay !== undefined) await writeReplay(stack, undefined);
  console.log(
    hold === undefined
      ? 'resume: there was no hold'
      : `resume: the hold since ${hold.placedAt} (rollback to ${hold.sha}) is let go by ${by}: ${reason}`,
  );
  console.log('next: npm run pulumi -- preview, then npm run pulumi -- up');
  return 0;
});

function asked(): { by: string; reason: string } {
  const options = { by: { type: 'string' }, reason: { type: 'string' } } as const;
  try {
    const { by = '', reason = '' } = parseArgs({ options }).values;
    if (by.trim() !== '' && reason.trim() !== '') return { by, reason };
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
  throw new SetupError('ARGUMENTS', `who lets go, and why, must be on record; use: ${usage}`);
}
