import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, sha256 } from '../kernel/digest.ts';
import { redactDeep } from '../kernel/redact.ts';
import { decisive, verdictOf } from '../kernel/verdict.ts';
import { type LeavesRecord, type RunRecord, type ScanRecord, type SideRecord, verificationVersion } from './records.ts';
import { digestVersion } from './row-digest.ts';
import type { MovingRows } from './touched/moving-source.ts';
import type { Verification, VerificationRequest, VerifiedSide } from './verification.ts';
import { digestedBy } from './workers/digest-of-request.ts';

/** When a run began and ended, in milliseconds since 1970. */
export interface RunTimes {
  readonly startedAt: number;
  readonly finishedAt: number;
}

/**
 * Writes `run.json`, `scan.json` and `leaves.json` into the run's own folder. Its id is new with every run: nothing is
 * written over.
 */
export async function writeRecords(
  folder: string,
  request: VerificationRequest,
  verification: Verification,
  times: RunTimes,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { flag: 'wx' });
  const json = (record: unknown) => `${JSON.stringify(redactDeep(record), null, 2)}\n`;
  const leaves = leavesText(request, verification);
  if (leaves !== undefined) await write('leaves.json', leaves);
  await write('scan.json', json(scanRecord(request, verification)));
  await write('run.json', json(runRecord(request, verification, times, leaves)));
}

/** One line, and only digests: there is nothing in it to redact. */
function leavesText({ runId }: VerificationRequest, { source, target }: Verification): string | undefined {
  if (source?.leaves === undefined && target?.leaves === undefined) return undefined;
  const record: LeavesRecord = {
    version: verificationVersion,
    runId,
    source: source?.leaves ?? null,
    target: target?.leaves ?? null,
  };
  return JSON.stringify(record);
}

function runRecord(
  request: VerificationRequest,
  verification: Verification,
  times: RunTimes,
  leaves: string | undefined,
): RunRecord {
  const { settings, invariants, runId, expected } = request;
  const { findings, source, target, timings, moving } = verification;
  const { modules, counts, requiredKeys, personalData, warn } = settings;
  const first = decisive(findings);
  return {
    version: verificationVersion,
    runId,
    digestVersion,
    modules: digestOf(modules),
    settings: digestOf({
      modules,
      counts,
      requiredKeys,
      personalData,
      warn,
      invariants,
      searchPath: settings.invariants?.searchPath,
    }),
    expected: expected ?? null,
    since: request.since?.runId ?? null,
    leavesSha256: leaves === undefined ? null : sha256(leaves),
    workers: settings.workers,
    by: digestedBy(request),
    moving: moving === undefined ? null : movingRecord(moving),
    source: sideRecord(source),
    target: sideRecord(target),
    verdict: verdictOf(findings),
    reasonCode: first?.code ?? null,
    reason: first?.found ?? null,
    findings: [...findings],
    startedAt: new Date(times.startedAt).toISOString(),
    finishedAt: new Date(times.finishedAt).toISOString(),
    elapsedMs: times.finishedAt - times.startedAt,
    timings: { ...timings },
  };
}

function movingRecord({ lsn, upTo, rows }: MovingRows): RunRecord['moving'] {
  const note = 'rows that move are left out on both sides; they are compared when writes are frozen';
  return { lsn, upTo, rows: { ...rows }, note };
}

function sideRecord(side: VerifiedSide | undefined): SideRecord | null {
  if (side === undefined) return null;
  const { database, server, lsn, digest } = side;
  const modules = Object.entries(digest?.roots.modules ?? {}).map(([name, { root }]) => [name, root]);
  const tables = (digest?.tables ?? []).map(({ table, rows, root, sums, digested }) => {
    return [table.name, { rows: String(rows), root, leaves: sums.size, digested }] as const;
  });
  return {
    database,
    server,
    lsn: lsn ?? null,
    root: digest?.roots.database ?? null,
    modules: Object.fromEntries(modules),
    tables: Object.fromEntries(tables),
  };
}

function scanRecord(
  { runId }: VerificationRequest,
  { target, checks, findings, differences }: Verification,
): ScanRecord {
  return {
    version: verificationVersion,
    runId,
    database: target?.database ?? null,
    lsn: target?.lsn ?? null,
    checks: [...checks],
    findings: [...findings],
    differences: Object.fromEntries(differences) as ScanRecord['differences'],
  };
}
