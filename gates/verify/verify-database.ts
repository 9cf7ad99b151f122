import type { Finding } from '../kernel/verdict.ts';
import { foreignKeys } from './checks/foreign-keys.ts';
import { type Invariant, invariants } from './checks/invariants.ts';
import { type RequiredKeys, requiredKeys } from './checks/required-keys.ts';
import { sequences } from './checks/sequences.ts';
import { unfinished } from './checks/unfinished.ts';
import { type PiiScan, scanPii } from './pii/scan.ts';
import { applyPolicy, type VerifyPolicy } from './policy.ts';
import type { Snapshot } from './snapshot.ts';
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

/** Every check of one database, at its snapshot and one after the other. Findings have the policy's severity. */
export async function verifyDatabase(
  { sessions: [client] }: Snapshot,
  checks: DatabaseChecks,
): Promise<readonly Finding[]> {
  if (client === undefined) throw new Error('a snapshot without sessions; needed at least one worker');
  const findings = [
    ...(await requiredKeys(client, checks.required)),
    ...(await foreignKeys(client)),
    ...(await invariants(client, checks.invariants, checks.searchPath)),
    ...(await sequences(client)),
    ...(await unfinished(client)),
    ...(await scanPii(client, await readTableShapes(client), checks.pii)),
  ];
  return applyPolicy(findings, checks.policy);
}
