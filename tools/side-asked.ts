import { parseArgs } from 'node:util';
import type { Side } from '../gates/cutover/sides.ts';
import { SetupError } from './setup-error.ts';

/** The side that a command line names by `--side`; the source where it names none. @throws SetupError ARGUMENTS. */
export function sideAsked(args: readonly string[], usage: string): Side {
  try {
    const options = { side: { type: 'string', default: 'source' } } as const;
    const { side } = parseArgs({ args: [...args], options }).values;
    if (side === 'source' || side === 'target') return side;
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
  throw new SetupError('ARGUMENTS', `--side takes source or target; use: ${usage}`);
}
