import type { ClientBase } from 'pg';
import type { GateInputs } from './gate.ts';
import { acceptedReleases } from './ledger/accepted.ts';
import { hasLedger } from './ledger/schema.ts';
import { releaseDigest } from './release.ts';
import { blocker, type Finding } from './verdict.ts';

/**
 * Receipts prove something of the schema and the release that served when preflight looked. Another release accepted
 * since then, by another stack for instance, makes them stale, however well they fit this release.
 */
export async function staleReceipts(
  client: ClientBase,
  inputs: Pick<GateInputs, 'receipts' | 'release'>,
): Promise<readonly Finding[]> {
  const preflight = inputs.receipts.find((receipt) => receipt.gate === 'preflight');
  if (preflight === undefined || !(await hasLedger(client))) return [];
  const [current] = await acceptedReleases(client);
  if (current === undefined || current.releaseDigest === releaseDigest(inputs.release)) return [];
  if (preflight.data.acceptedSeq === current.seq) return [];
  const found = `a receipt from before ${current.sha} was accepted, on ${current.at}`;
  return [blocker('RECEIPT_STALE', 'preflight', found, 'one from after that')];
}
