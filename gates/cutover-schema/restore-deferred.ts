import pg, { type ClientBase } from 'pg';
import { gateError, messageOf } from '../kernel/gate-error.ts';
import { type Progress, seconds } from '../kernel/progress.ts';

interface Pending {
  readonly id: string;
  readonly kind: string;
  readonly about: string;
  readonly statements: readonly string[];
  readonly proof: string;
  readonly expected: string;
}

/** SQLSTATE classes and codes that speak of the session, not of the object: connection lost, server going down, waited too long. */
const aboutTheSession = /^(08|57|55P03|25P0)/;
/** Bound of one index or one validation, in milliseconds. */
const usualMs = 6 * 3_600_000;

const isThere = `select to_regclass('sallyport.deferred') is not null as there`;
const readPending = `select d.id::text from sallyport.deferred d where done is null order by phase, d.id`;
// Two may restore at once: the second waits, and then finds it done.
const take = `
select id::text, kind, about, statements, proof, expected from sallyport.deferred where id = $1 and done is null for update`;
const markDone = `update sallyport.deferred set done = clock_timestamp() where id = $1`;
const qualifyEverything = `set local search_path = pg_catalog`;
const setBound = `select set_config('statement_timeout', $1, true), set_config('lock_timeout', $1, true)`;

/** How many steps of the way back are still to be done; undefined where nothing was ever put off. */
export async function pendingSlow(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ there: boolean }>(isThere);
  return rows[0]?.there === true ? (await client.query(readPending)).rows.length : undefined;
}

/**
 * Makes again what `deferSlow` put off: indexes, then foreign keys without a look at the rows, then their validation; each
 * in a transaction of its own that also marks it done, so that it can be killed anywhere and goes on. An object that is not
 * exactly as it was is not marked done. `statementMs` bounds one of them. Gives the number of steps that were done now.
 * @throws GateError DEFERRED_NOT_RESTORED with the object's name.
 */
export async function restoreSlow(client: ClientBase, say: Progress, statementMs = usualMs): Promise<number> {
  if ((await pendingSlow(client)) === undefined) {
    throw gateError('DEFERRED_NOT_RESTORED', 'sallyport.deferred', 'no such table', 'what gate cutover-schema put off');
  }
  const { rows } = await client.query<{ id: string }>(readPending);
  for (const [index, { id }] of rows.entries()) {
    const since = performance.now();
    const done = await restoreOne(client, id, statementMs);
    if (done !== undefined) say(`${done.kind} ${done.about} ${index + 1}/${rows.length} … ${seconds(since)}`);
  }
  return rows.length;
}

async function restoreOne(client: ClientBase, id: string, statementMs: number): Promise<Pending | undefined> {
  await client.query('begin');
  try {
    await client.query(setBound, [`${statementMs}ms`]);
    await client.query(qualifyEverything);
    const { rows } = await client.query<Pending>(take, [id]);
    const [step] = rows;
    if (step !== undefined) {
      await make(client, step);
      await client.query(markDone, [id]);
    }
    await client.query('commit');
    return step;
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // the error above says more
    throw error;
  }
}

async function make(client: ClientBase, { kind, about, statements, proof, expected }: Pending): Promise<void> {
  const object = `${kind} ${about}`;
  try {
    for (const statement of statements) await client.query(statement);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || aboutTheSession.test(error.code ?? '')) throw error;
    const found = error.detail === undefined ? messageOf(error) : `${error.message} (${error.detail})`;
    throw gateError('DEFERRED_NOT_RESTORED', object, found, 'it as it was before the load', error);
  }
  const { rows } = await client.query<{ found: string | null }>(proof);
  const found = rows[0]?.found ?? 'nothing of that name';
  if (found !== expected) throw gateError('DEFERRED_NOT_RESTORED', object, found, expected);
}
