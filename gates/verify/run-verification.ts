import type { DatabaseTarget } from '../kernel/database-url.ts';
import { withDeadline } from '../kernel/deadline.ts';
import { findingsOf, gateError } from '../kernel/gate-error.ts';
import { nameError } from '../kernel/name-error.ts';
import type { Progress } from '../kernel/progress.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import { compareContent, type DatabaseDigest, digestDatabase } from './compare-content.ts';
import { compareCounts, countRows } from './counts.ts';
import { type DatabaseIdentity, databaseIdentity } from './database-identity.ts';
import { retold, unreadable } from './ended-early.ts';
import { keepLeaves } from './kept-leaves.ts';
import type { ModuleDefinition } from './modules.ts';
import { addressOf, sessionsTo } from './open-side.ts';
import { pattern, piiPatterns } from './pii/patterns.ts';
import { applyPolicy } from './policy.ts';
import type { VerifySettings } from './settings.ts';
import { firstSession, openSnapshot, type Snapshot } from './snapshot.ts';
import { readTableShapes } from './table-shape.ts';
import { movingLine, movingRows, settledCounts, targetMayBeSeen, touchedSince } from './touched/moving-source.ts';
import type { Verification, VerificationRequest } from './verification.ts';
import { type CheckDone, type DatabaseChecks, verifyDatabase } from './verify-database.ts';
import { digestOfRequest } from './workers/digest-of-request.ts';

type Found = { -readonly [Key in keyof Verification]: Verification[Key] };

interface OpenSide extends DatabaseIdentity {
  readonly snapshot: Snapshot;
  readonly database: string;
}

/**
 * Verifies a target database, and all of its content against a source. Never throws for what it meets: whatever ends it
 * early, a bound and a signal included, is a finding that blocks, and every session is closed.
 */
export async function runVerification(request: VerificationRequest): Promise<Verification> {
  const found: Found = {
    findings: [],
    source: undefined,
    target: undefined,
    checks: [],
    differences: new Map(),
    moving: undefined,
    timings: {},
  };
  const opened: Snapshot[] = [];
  try {
    await withDeadline('verify', request.settings.minutes * 60, (signal) => verify(request, found, opened, signal));
  } catch (error) {
    found.findings = [...found.findings, ...findingsOf(nameError(error, 'verify'), 'verify').map(retold)];
  } finally {
    await Promise.all(opened.map((snapshot) => snapshot.close()));
  }
  return { ...found, findings: applyPolicy(found.findings, request.settings.warn) };
}

async function verify(request: VerificationRequest, found: Found, opened: Snapshot[], signal: AbortSignal) {
  const { settings, progress } = request;
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const since = performance.now();
    try {
      return await work();
    } catch (error) {
      throw unreadable(error, name);
    } finally {
      found.timings = { ...found.timings, [name]: Math.round(performance.now() - since) };
    }
  };
  const add = (findings: readonly Finding[]) => {
    found.findings = [...found.findings, ...findings];
  };
  const open = (side: 'source' | 'target', at: DatabaseTarget) =>
    step(`open ${side}`, async () => {
      const each = await openSide(request, at, opened, signal);
      const { database, server, snapshot } = each;
      found[side] = { database, server, lsn: snapshot.lsn, digest: undefined, leaves: undefined };
      progress(`${side} ${database}, PostgreSQL ${server}, snapshot at ${snapshot.lsn}`);
      return each;
    });

  const source = request.source && (await open('source', request.source));
  const moving = source && request.moving;
  const at = request.source;
  const follower = at && moving && (await step('follow', () => sessionOf(request, opened, at)));
  if (moving && follower) {
    await step('applied', () => targetMayBeSeen(follower, moving, source.snapshot.lsn, signal));
  }
  const target = await open('target', request.target);
  if (source?.identity === target.identity) {
    throw gateError('SAME_DATABASE', target.database, 'the source itself', 'another database than the source');
  }
  if (source !== undefined) {
    const touched = moving && follower && (await step('touched', () => touchedSince(follower, moving, settings)));
    if (touched !== undefined) {
      found.moving = movingRows(source.snapshot.lsn, touched);
      progress(movingLine(found.moving));
    }
    if (touched === undefined || settings.counts === 'fast') {
      add(await step('counts', () => counts(source.snapshot, target.snapshot, settings.counts)));
    }
    const compared = await step('content', () =>
      compareContent(source.snapshot, target.snapshot, {
        modules: modulesOf(settings),
        limit: settings.shown.rows,
        values: settings.shown.values,
        signal,
        progress: chunkLines(progress),
        kept: request.since,
        moving: touched,
        digest: digestOfRequest(request),
      }),
    );
    add(compared.findings);
    if (touched !== undefined && settings.counts === 'exact') add(settledCounts(compared.settled));
    found.differences = compared.differences;
    await step('keep source', () => keepDigest(found, 'source', source.snapshot, compared.digests?.source));
    await step('keep target', () => keepDigest(found, 'target', target.snapshot, compared.digests?.target));
  } else {
    const tell = chunkLines(progress);
    const run = {
      signal,
      kept: request.since?.target,
      digest: digestOfRequest(request)?.('target'),
      progress: (done: number, of: number) => tell('target', done, of),
    };
    const { findings, digest } = await step('content', () => digestDatabase(target.snapshot, modulesOf(settings), run));
    add(findings);
    await step('keep target', () => keepDigest(found, 'target', target.snapshot, digest));
  }
  add(unexpected(request.expected, moving ? { source: found.source } : found));
  const done = (check: CheckDone) => {
    found.checks = [...found.checks, check];
    progress(`${check.check}: ${check.findings} findings … ${(check.elapsedMs / 1000).toFixed(1)} s`);
  };
  add(await step('checks', () => verifyDatabase(target.snapshot, checksOf(request), done)));
}

async function openSide(
  { runId, settings }: VerificationRequest,
  at: DatabaseTarget,
  opened: Snapshot[],
  signal: AbortSignal,
): Promise<OpenSide> {
  const open = sessionsTo(at, `sallyport verify ${runId}`);
  const snapshot = await openSnapshot(open, settings.workers, settings.minutes * 60);
  opened.push(snapshot);
  // Interrupted while it was opened: what closes the others has run already.
  if (signal.aborted) await snapshot.close();
  return { snapshot, database: addressOf(at), ...(await databaseIdentity(firstSession(snapshot))) };
}

/** A session beside the snapshot's, in no transaction, that is closed with it. */
async function sessionOf({ runId, settings }: VerificationRequest, opened: Snapshot[], at: DatabaseTarget) {
  const client = await sessionsTo(at, `sallyport verify ${runId}`)();
  opened.push({ lsn: undefined, sessions: [client], close: () => client.end() });
  await client.query(`set statement_timeout = '${settings.minutes * 60}s'`);
  return client;
}

async function counts(source: Snapshot, target: Snapshot, mode: VerifySettings['counts']): Promise<readonly Finding[]> {
  const read = async (side: Snapshot) => countRows(firstSession(side), await readTableShapes(firstSession(side)), mode);
  const [needed, found] = await Promise.all([read(source), read(target)]);
  // Tables that are on one side only are found with the shapes, which say more.
  return compareCounts(needed, found, mode).filter(({ code }) => code !== 'TABLE_SHAPE');
}

/** A root that was approved, against what is there now: rows, modules and the digest's definition all are in it. */
function unexpected(expected: string | undefined, { source, target }: Partial<Found>): readonly Finding[] {
  if (expected === undefined) return [];
  const sides = Object.entries({ source, target }).filter(([, side]) => side !== undefined);
  return sides
    .map(([name, side]) => [name, side?.digest?.roots.database ?? 'no root of all tables'] as const)
    .filter(([, root]) => root !== expected)
    .map(([name, root]) => blocker('ROOT_UNEXPECTED', name, root, expected));
}

async function keepDigest(
  found: Found,
  side: 'source' | 'target',
  snapshot: Snapshot,
  digest: DatabaseDigest | undefined,
): Promise<void> {
  const opened = found[side];
  if (opened === undefined || digest === undefined) return;
  found[side] = { ...opened, digest, leaves: await keepLeaves(snapshot, digest.tables) };
}

/** The module list as the comparison takes it. */
function modulesOf({ modules }: VerifySettings): readonly ModuleDefinition[] {
  return Object.entries(modules).map(([name, tables]) => ({ name, tables }));
}

function checksOf({ settings, invariants }: VerificationRequest): DatabaseChecks {
  const { declared, patterns } = settings.personalData;
  const more = Object.entries(patterns).map(([kind, expression]) => pattern(kind, expression));
  return {
    required: settings.requiredKeys,
    invariants,
    searchPath: settings.invariants?.searchPath ?? 'public',
    pii: { patterns: [...piiPatterns, ...more], declared },
    policy: settings.warn,
  };
}

/** One line at the beginning of each tenth of them. */
function chunkLines(progress: Progress) {
  const told = { source: 0, target: 0 };
  return (side: 'source' | 'target', done: number, of: number): void => {
    const tenth = Math.floor((done * 10) / of);
    if (tenth === told[side]) return;
    told[side] = tenth;
    progress(`${side} ${done} of ${of} pieces digested`);
  };
}
