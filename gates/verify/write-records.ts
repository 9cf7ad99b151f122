import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../kernel/digest.ts';
import { redactDeep } from '../kernel/redact.ts';
import { decisive, verdictOf } from '../kernel/verdict.ts';
import { type RunRecord, type ScanRecord, type SideRecord, verificationVersion } from './records.ts';
import { digestVersion } from './row-digest.ts';
import type { Verification, VerificationRequest, VerifiedSide } from './run-verification.ts';

/** When a run began and ended, in milliseconds since 1970. */
export interface RunTimes {
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** Writes `run.json` and `scan.json` into the run's own folder. Its id is new with every run: nothing is written over. */
export async function writeRecords(
  folder: string,
  request: VerificationRequest,
  verification: Verification,
  times: RunTimes,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const records = { run: runRecord(request, verification, times), scan: scanRecord(request, verification) };
  for (const [name, record] of Object.entries(records)) {
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(redactDeep(record), null, 2)}\n`, { flag: 'wx' });
  }
}

function runRecord(request: VerificationRequest, verification: Verification, times: RunTimes): RunRecord {
  const { settings, invariants, runId, expected } = request;
  const { findings, source, target, timings } = verification;
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
    workers: settings.workers,
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

function sideRecord(side: VerifiedSide | undefined): SideRecord | null {
  if (side === undefined) return null;
  const { database, server, lsn, digest } = side;
  const modules = Object.entries(digest?.roots.modules ?? {}).map(([name, { root }]) => [name, root]);
  const tables = digest?.tables.map(({ table, rows, root }) => [table.name, { rows: String(rows), root }]) ?? [];
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
