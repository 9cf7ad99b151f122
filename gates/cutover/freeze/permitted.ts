import type { ClientBase } from 'pg';
import { GateError, gateError } from '../../kernel/gate-error.ts';

const readRole = `select session_user::text as role`;

/** The role that a session was opened as. */
export async function sessionRole(client: ClientBase): Promise<string> {
  return (await client.query<{ role: string }>(readRole)).rows[0]?.role ?? '';
}

/** Runs what the operator needs rights for. @throws GateError FREEZE_FORBIDDEN where it has them not. */
export async function permitted(about: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof GateError || (error as { code?: string }).code !== '42501') throw error;
    throw gateError('FREEZE_FORBIDDEN', about, (error as Error).message, 'an operator that may', error);
  }
}
