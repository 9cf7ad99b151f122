import type { StackConfig } from '../stacks/config.ts';
import { SetupError } from './setup-error.ts';

/** The folder of a stack's environment on this machine. @throws SetupError where the stack is somewhere else. */
export function localDirectory({ platform }: Pick<StackConfig, 'platform'>): string {
  if (platform.kind === 'local') return platform.directory;
  throw new SetupError(
    'NOT_LOCAL',
    `found a stack on ${platform.kind}; needed one on this machine: PULUMI_STACK=local`,
  );
}
