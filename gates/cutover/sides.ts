import type { Client } from 'pg';
import { type DatabaseTarget, databaseTarget } from '../kernel/database-url.ts';
import { gateError } from '../kernel/gate-error.ts';
import { addressOf, sessionsTo } from '../verify/open-side.ts';
import type { Plan } from './plan.ts';

/** The databases of a cutover: the one that serves, and the candidate. */
export type Side = 'source' | 'target';

/**
 * The database whose URL is in an environment variable.
 * @throws GateError SIDE_NOT_NAMED, DATABASE_URL_INVALID: what is wrong with it, and no part of the text.
 */
export function databaseIn(variable: string): DatabaseTarget {
  const url = process.env[variable];
  if (url === undefined || url === '') {
    const needed = 'a URL postgres://role:password@host:port/database in it, as in cutover.env.example';
    throw gateError('SIDE_NOT_NAMED', variable, 'a variable that is not set', needed);
  }
  return databaseTarget({ DATABASE_URL: url }, variable);
}

/**
 * The direct database of a side.
 * @throws GateError SIDE_MOVED where the variable now names another address than the plan was made with.
 */
export function sideOf(plan: Pick<Plan, Side>, side: Side): DatabaseTarget {
  const { direct, at } = plan[side];
  const target = databaseIn(direct);
  const found = addressOf(target);
  if (found === at) return target;
  throw gateError('SIDE_MOVED', direct, found, `${at}, as when the plan was made`);
}

/** Bounds of a session: milliseconds of a statement, and of waiting for a lock. */
export interface SessionBounds {
  readonly statementMs: number;
  readonly lockMs: number;
}

const usual: SessionBounds = { statementMs: 30_000, lockMs: 5_000 };

/**
 * Opens a session to one side as its operator. It may write also while the database is set read-only: what was frozen is
 * thawed from here. Close it.
 */
export async function openSession(
  plan: Pick<Plan, 'id' | Side>,
  side: Side,
  { statementMs, lockMs }: SessionBounds = usual,
): Promise<Client> {
  const client = await sessionsTo(sideOf(plan, side), `sallyport cutover ${plan.id}`)();
  await client.query(
    `select set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),
      set_config('default_transaction_read_only', 'off', false), set_config('search_path', 'pg_catalog', false)`,
    [`${statementMs}ms`, `${lockMs}ms`],
  );
  return client as Client;
}
