import type { ClientBase } from 'pg';
import { poll } from '../../kernel/deadline.ts';
import { type GateError, gateError } from '../../kernel/gate-error.ts';
import type { Progress } from '../../kernel/progress.ts';
import type { Plan } from '../plan.ts';
import type { Side } from '../sides.ts';
import { closeToNew, closeToRunning } from './close-writers.ts';
import { readFreezeJournal, recordFreeze, type WriteRight } from './freeze-journal.ts';
import { permitted, sessionRole } from './permitted.ts';
import { type Probe, probeFreeze } from './probe-freeze.ts';
import {
  endSession,
  nameOf,
  preparedTransactions,
  seesSessions,
  serverNow,
  type WritingSession,
  writingSessions,
} from './writing-sessions.ts';

/** What a freeze needs beside the databases. */
export interface FreezeHow {
  /** The side that is frozen; its operator's session is the second argument. */
  readonly side?: Side;
  /**
   * Opens a session as a writing role does, to try a write in; undefined where its password is not known. The probe closes
   * it.
   */
  readonly login?: (role: string) => Promise<(ClientBase & { end(): Promise<void> }) | undefined>;
}

/** A database that takes no writes. */
export interface Frozen {
  /** A position of its log behind which no write of the application is. */
  readonly lsn: string;
  /** When writes were first refused, as PostgreSQL has it. */
  readonly stoppedAt: string;
  readonly probes: readonly Probe[];
  /** Sessions that were ended. */
  readonly ended: readonly string[];
}

const missingRoles = `
select r from unnest($1::text[]) r where not exists (select from pg_catalog.pg_roles where rolname = r)`;
/** A commit of our own brings all of the log before it to the disk. */
const flush = `select pg_catalog.pg_logical_emit_message(true, 'sallyport', 'frozen')`;
const readLsn = `select pg_catalog.pg_current_wal_flush_lsn()::text as lsn`;

/** How often sessions are looked at, and how long an ended one may take to be gone, in milliseconds. */
const lookMs = 25;
const goneMs = 10_000;

/**
 * Stops all writes to a database while reads go on: new sessions are read-only, running sessions of the writing roles lose
 * their rights to write, open write transactions get the plan's grace and are ended then, as is every other session that
 * could write. A probe shows that a write is refused. What is changed is in the ledger before it is changed, so that
 * {@link ./thaw.ts} finds it; it may be killed anywhere, and run again.
 * @throws GateError FREEZE_FORBIDDEN, FREEZE_INCOMPLETE or PROBE_WROTE; what was done then stays done, for thaw to undo.
 */
export async function freeze(
  ledger: ClientBase,
  client: ClientBase,
  plan: Pick<Plan, 'id' | 'freeze'>,
  say: Progress,
  signal: AbortSignal,
  { side = 'source', login }: FreezeHow = {},
): Promise<Frozen> {
  const { roles, graceSeconds } = plan.freeze;
  const ledgerRole = await sessionRole(ledger);
  await demandGround(client, roles, ledgerRole);
  await demandNonePrepared(client, side);
  await closeToNew(ledger, client, plan, side, ledgerRole);
  const since = await serverNow(client);
  const taken = await closeToRunning(ledger, client, plan, side);
  say(`${side}: new sessions are read-only, ${taken.length} rights to write are taken`);
  const ended = await endWriters(client, ledgerRole, since, graceSeconds, say, signal);
  // One that was prepared within the grace would write when somebody commits it, long after the last comparison.
  await demandNonePrepared(client, side);
  const probes = await probeAll(client, roles, taken, login);
  for (const { role, by, refused } of probes)
    say(`${side}: a write of ${role} (${by}) is refused: ${refused.join(', ')}`);
  const lsn = await flushed(client);
  const { frozenAt, stoppedAt } = await readFreezeJournal(ledger, plan, side);
  if (frozenAt === undefined) await recordFreeze(ledger, plan, side, 'frozen', { lsn, probes, ended });
  return { lsn, stoppedAt: stoppedAt ?? since, probes, ended };
}

async function endWriters(
  client: ClientBase,
  ledgerRole: string,
  since: string,
  graceSeconds: number,
  say: Progress,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const graceUntil = performance.now() + graceSeconds * 1000;
  const sessions = () => writingSessions(client, ledgerRole, since);
  await poll(signal, lookMs, async () => {
    const writing = (await sessions()).filter((each) => each.writing);
    return writing.length === 0 || performance.now() >= graceUntil ? true : undefined;
  });
  const ended = new Map<number, string>();
  const until = performance.now() + goneMs;
  await poll(signal, lookMs, async () => {
    const left = await sessions();
    if (left.length === 0) return true;
    if (performance.now() > until) throw stillThere(left);
    for (const session of left) {
      await permitted(nameOf(session), () => endSession(client, session.pid));
      if (!ended.has(session.pid)) say(`ended ${nameOf(session)}`);
      ended.set(session.pid, nameOf(session));
    }
    return undefined;
  });
  return [...ended.values()];
}

async function probeAll(
  client: ClientBase,
  roles: readonly string[],
  taken: readonly WriteRight[],
  login: FreezeHow['login'],
): Promise<readonly Probe[]> {
  const probes: Probe[] = [];
  for (const role of roles) {
    const session = await login?.(role);
    try {
      probes.push(await probeFreeze(client, role, taken, session));
    } finally {
      await session?.end();
    }
  }
  return probes;
}

async function flushed(client: ClientBase): Promise<string> {
  await client.query('begin read write');
  await client.query('set local synchronous_commit = local');
  await client.query(flush);
  await client.query('commit');
  return (await client.query<{ lsn: string }>(readLsn)).rows[0]?.lsn ?? '';
}

async function demandNonePrepared(client: ClientBase, side: Side): Promise<void> {
  const prepared = await preparedTransactions(client);
  if (prepared.length === 0) return;
  const found = `prepared transactions ${prepared.join(', ')}`;
  throw gateError('FREEZE_INCOMPLETE', side, found, 'none: commit them or roll them back');
}

async function demandGround(client: ClientBase, roles: readonly string[], ledgerRole: string): Promise<void> {
  if (!(await seesSessions(client))) {
    throw gateError(
      'FREEZE_FORBIDDEN',
      'pg_stat_activity',
      'an operator that is not shown what others do',
      'pg_monitor',
    );
  }
  const operator = await sessionRole(client);
  for (const role of [operator, ledgerRole]) {
    if (!roles.includes(role)) continue;
    throw gateError('FREEZE_INCOMPLETE', role, 'the role that the cutover itself works as', 'roles of the application');
  }
  const { rows } = await client.query<{ r: string }>(missingRoles, [roles]);
  if (rows.length === 0) return;
  const missing = rows.map(({ r }) => r).join(', ');
  throw gateError('FREEZE_INCOMPLETE', missing, 'no such role', 'the roles in freeze.roles');
}

function stillThere(left: readonly WritingSession[]): GateError {
  return gateError('FREEZE_INCOMPLETE', 'sessions', left.map(nameOf).join('; '), 'none that could write');
}
