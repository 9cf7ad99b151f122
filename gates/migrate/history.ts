import pg, { type ClientBase } from 'pg';
import { gateError } from '../kernel/gate-error.ts';
import { migrationTool } from './tools/index.ts';

/** SQLSTATE classes and codes that speak of the session, not of the table: connection lost, server going down, waited too long. */
const aboutTheSession = /^(08|57|55P03|25P0)/;

/**
 * The migrations that the database has applied, in their order, as the release's tool records them.
 * @throws GateError HISTORY_UNREADABLE when there is a history and it cannot be read.
 */
export async function appliedMigrations(client: ClientBase, tool: string): Promise<readonly string[]> {
  try {
    return await migrationTool(tool).history(client);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || aboutTheSession.test(error.code ?? '')) throw error;
    throw gateError('HISTORY_UNREADABLE', `history of ${tool}`, error.message, 'a history that can be read', error);
  }
}
