import type { CutoverArgs } from '../stacks/cutover.ts';
import { parseCutoverConfig } from '../stacks/cutover-config.ts';
import { cutoverOf } from '../stacks/cutover-plan.ts';
import { loadCutoverEnv } from './cutover-env.ts';
import { SetupError } from './setup-error.ts';
import { readConfig } from './stack-file.ts';

const usual = 'cutover';

/** The cutover stack that a command line names by `--stack`, for a staging pair say, and what else it says. */
export function askedStack(args: readonly string[]): { readonly stack: string; readonly rest: readonly string[] } {
  const at = args.findIndex((argument) => /^--stack(=|$)/.test(argument));
  if (at === -1) return { stack: usual, rest: args };
  const [, given] = /^--stack=(.+)$/.exec(args[at] ?? '') ?? [];
  const stack = given ?? args[at + 1];
  if (stack === undefined)
    throw new SetupError('ARGUMENTS', '--stack names no stack; needed one, as in Pulumi.<stack>.yaml');
  return { stack, rest: args.filter((_argument, index) => index !== at && (given !== undefined || index !== at + 1)) };
}

/** A cutover as its stack declares it. */
export interface CutoverStack extends CutoverArgs {
  readonly stack: string;
}

/** What a cutover stack is made of, read as its program reads it. @throws with every problem of its configuration. */
export async function readCutoverStack(stack: string): Promise<CutoverStack> {
  loadCutoverEnv();
  return { ...(await cutoverOf(await readConfig(stack, parseCutoverConfig))), stack };
}
