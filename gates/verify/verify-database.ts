import type { ClientBase } from 'pg';
import type { Finding } from '../kernel/verdict.ts';
import { foreignKeys } from './checks/foreign-keys.ts';
import { type Invariant, invariants } from './checks/invariants.ts';
import { type RequiredKeys, requiredKeys } from './checks/required-keys.ts';
import { sequences } from './checks/sequences.ts';
import { unfinished } from './checks/unfinished.ts';
import { type PiiScan, scanPii } from './pii/scan.ts';
import { applyPolicy, type VerifyPolicy } from './policy.ts';
import { firstSession, type Snapshot } from './snapshot.ts';
import { readTableShapes } from './table-shape.ts';

/** What one database is held to, whatever it is compared with. */
export interface DatabaseChecks {
  readonly required: readonly RequiredKeys[];
  readonly invariants: readonly Invariant[];
  /** Where the invariants' unqualified names are looked up: `public`, say. */
  readonly searchPath: string;
  readonly pii: PiiScan;
  readonly policy: VerifyPolicy;
}

/** A check that ran to its end. */
export interface CheckDone {
  readonly check: string;
  readonly findings: number;
  readonly elapsedMs: number;
}

type Check = readonly [name: string, run: (client: ClientBase) => Promise<readonly Finding[]>];

/**
 * Every check of one database, at its snapshot and one after the other; `done` hears of each that ended. Findings have the
 * policy's severity.
 */
export async function verifyDatabase(
  snapshot: Snapshot,
  checks: DatabaseChecks,
  done: (check: CheckDone) => void = () => undefined,
): Promise<readonly Finding[]> {
  const all: readonly Check[] = [
    ['required keys', (client) => requiredKeys(client, checks.required)],
    ['foreign keys', foreignKeys],
    ['invariants', (client) => invariants(client, checks.invariants, checks.searchPath)],
    ['sequences', sequences],
    ['indexes and constraints', unfinished],
    ['personal data', async (client) => scanPii(client, await readTableShapes(client), checks.pii)],
  ];
  const findings: Finding[] = [];
  for (const [check, run] of all) {
    const since = performance.now();
    const found = await run(firstSession(snapshot));
    findings.push(...found);
    done({ check, findings: found.length, elapsedMs: Math.round(performance.now() - since) });
  }
  return applyPolicy(findings, checks.policy);
}
