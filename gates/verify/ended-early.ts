import pg from 'pg';
import { gateError, messageOf } from '../kernel/gate-error.ts';
import { nameError } from '../kernel/name-error.ts';
import type { Finding } from '../kernel/verdict.ts';

/** What the server refuses is no difference and no pass: something was not read. */
export function unreadable(error: unknown, step: string): unknown {
  const unreachable = error instanceof pg.DatabaseError && /^(08|57P)/.test(error.code ?? '');
  if (!(error instanceof pg.DatabaseError) || unreachable) return nameError(error, step);
  return gateError('VERIFY_UNREADABLE', step, messageOf(error), 'an answer from the server', error);
}

/** The recovery of findings that any gate may have, for a command. */
export function retold(finding: Finding): Finding {
  const { code } = finding;
  if (code === 'ABORTED') return { ...finding, recovery: 'Run npm run verify again: it leaves nothing behind.' };
  if (code === 'DATABASE_UNREACHABLE')
    return { ...finding, recovery: 'Restore the connection (address, role, network), then run npm run verify again.' };
  if (code === 'DEADLINE_EXCEEDED')
    return { ...finding, recovery: 'Give it more workers or minutes (cutover.yaml), then run npm run verify again.' };
  return finding;
}
