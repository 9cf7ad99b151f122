import type { CutoverArgs } from '../stacks/cutover.ts';
import { parseCutoverConfig } from '../stacks/cutover-config.ts';
import { cutoverOf } from '../stacks/cutover-plan.ts';
import { loadCutoverEnv } from './cutover-env.ts';
import { readConfig } from './stack-file.ts';

/** The name of the stack that moves the sample application on this machine. */
export const cutoverStackName = 'cutover';

/** A cutover as its stack declares it. */
export interface CutoverStack extends CutoverArgs {
  readonly stack: string;
}

/** What a cutover stack is made of, read as its program reads it. @throws with every problem of its configuration. */
export async function readCutoverStack(stack = process.env.PULUMI_STACK ?? cutoverStackName): Promise<CutoverStack> {
  loadCutoverEnv();
  return { ...(await cutoverOf(await readConfig(stack, parseCutoverConfig))), stack };
}
