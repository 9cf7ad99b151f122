import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { DatabaseTarget } from '../kernel/database-url.ts';
import { gateError, messageOf } from '../kernel/gate-error.ts';
import { addressOf, clientOf } from '../verify/open-side.ts';

/**
 * What stands between us and the server, by what sessions notice of it:
 * - `pooled`: why sessions are not what they seem. A pooler refuses or drops what a session asks for when it opens; and one
 *   that shares sessions gives another process, without what was set, as soon as its own is busy.
 * - `proxied`: the process that the connection was told of is not the one that answers. By itself that is a gateway that
 *   passes everything through, which a pooler does not.
 */
export interface Between {
  readonly pooled: readonly string[];
  readonly proxied: boolean;
}

const queryMs = 5_000;
/** A setting that no server knows takes any value, but only where it arrives. */
const setting = 'sallyport.direct';
const readSession = `select pg_backend_pid() as process, coalesce(current_setting('${setting}', true), '') as kept`;
const holdOne = 'begin';

interface Seen {
  readonly process: number;
  readonly kept: string;
}

/**
 * Finds out whether sessions to a database are sessions of the server. Two are opened: while the second holds a
 * transaction, the first must still be in the process that it began in, with the setting it was opened with.
 * @throws GateError DATABASE_UNREACHABLE when it cannot be opened at all.
 */
export async function betweenUs(target: DatabaseTarget, applicationName: string): Promise<Between> {
  const mark = randomUUID();
  const first = await open(target, applicationName, `-c ${setting}=${mark}`);
  if (typeof first === 'string') return refused(target, applicationName, first);
  try {
    const second = await open(target, applicationName, `-c ${setting}=${mark}`);
    if (typeof second === 'string') return refused(target, applicationName, second);
    try {
      const before = await look(first);
      if (before === undefined) return { pooled: ['a session that does not answer'], proxied: false };
      const noTransaction = await held(second);
      if (noTransaction !== undefined) return { pooled: [noTransaction], proxied: true };
      const now = await look(first);
      return { pooled: signsOf(mark, before, now), proxied: processOf(first) !== before.process };
    } finally {
      await second.end();
    }
  } finally {
    await first.end();
  }
}

function signsOf(mark: string, before: Seen, now: Seen | undefined): readonly string[] {
  if (now === undefined) return ['a session that does not answer while another one holds a transaction'];
  const dropped = before.kept === mark ? [] : ['a session without the setting that it was opened with'];
  const moved =
    now.process === before.process ? [] : [`one session in two processes, ${before.process} and then ${now.process}`];
  const lost = before.kept === mark && now.kept !== mark ? ['a session that lost its setting'] : [];
  return [...dropped, ...moved, ...lost];
}

/** Refused with the setting: it is a pooler if the same is let in without it, and unreachable if not. */
async function refused(target: DatabaseTarget, applicationName: string, why: string): Promise<Between> {
  const plain = await open(target, applicationName, undefined);
  if (typeof plain !== 'string') {
    await plain.end();
    return { pooled: [`a session refused for a setting it was opened with (${why})`], proxied: true };
  }
  throw gateError('DATABASE_UNREACHABLE', addressOf(target), plain, `a session as role ${target.user}`);
}

/** A session, or what was said against it. */
async function open(
  target: DatabaseTarget,
  applicationName: string,
  options: string | undefined,
): Promise<pg.Client | string> {
  const client = clientOf(target, applicationName, {
    query_timeout: queryMs,
    ...(options !== undefined && { options }),
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    return messageOf(error);
  }
}

/** Begins a transaction that is left open; or why there is none. */
async function held(client: pg.Client): Promise<string | undefined> {
  try {
    await client.query(holdOne);
    await look(client);
    return undefined;
  } catch (error) {
    if (error instanceof pg.DatabaseError) return `a transaction refused (${error.message})`;
    throw error;
  }
}

/** Where a session is; undefined when it does not answer in time. */
async function look(client: pg.Client): Promise<Seen | undefined> {
  try {
    return (await client.query<{ process: number; kept: string }>(readSession)).rows[0];
  } catch (error) {
    if (/^Query read timeout/.test(messageOf(error))) return undefined;
    throw error;
  }
}

/** The process that the server told of when the session was opened: node-pg keeps it for cancelling. */
function processOf(client: pg.Client): number | undefined {
  return (client as unknown as { readonly processID?: number }).processID;
}
