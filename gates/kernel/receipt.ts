import { z } from 'zod';
import { digestOf } from './digest.ts';
import { blocker, type Finding } from './verdict.ts';

/**
 * What a gate hands to the next one: this release, and only it, was let through. `digest` covers all the rest, and the
 * ledger knows it, so a receipt that was altered or made up is refused.
 */
export const receiptSchema = z.strictObject({
  gate: z.string(),
  sha: z.string(),
  /** Digest of the release. */
  release: z.string(),
  /** Digest of everything that could change the verdict. */
  subject: z.string(),
  attempt: z.number().int(),
  /** Gate → digest of the receipt that this verdict stands on. */
  after: z.record(z.string(), z.string()),
  /** SHA-256 of the gate's evidence file. */
  evidence: z.string(),
  /** What later gates need to know, as JSON. */
  data: z.record(z.string(), z.unknown()),
  digest: z.string(),
});

export type Receipt = z.infer<typeof receiptSchema>;

/** A receipt with its digest. */
export function issueReceipt(content: Omit<Receipt, 'digest'>): Receipt {
  return { ...content, digest: digestOf(content) };
}

/** Why the receipts given do not cover what a gate needs for this release. Empty means that they do. */
export function receiptProblems(
  needs: readonly string[],
  given: readonly Receipt[],
  release: string,
): readonly Finding[] {
  return needs.flatMap((gate) => {
    const receipt = given.find((candidate) => candidate.gate === gate);
    if (receipt === undefined) {
      return [
        blocker('RECEIPT_MISSING', gate, 'no receipt', `a receipt of gate ${gate} for release ${release.slice(0, 12)}`),
      ];
    }
    const { digest, ...content } = receipt;
    if (digestOf(content) !== digest) {
      return [blocker('RECEIPT_MISMATCH', gate, 'a receipt that was altered', 'the receipt as the gate gave it')];
    }
    if (receipt.release !== release) {
      const found = `a receipt for release ${receipt.release.slice(0, 12)} (sha ${receipt.sha})`;
      return [blocker('RECEIPT_MISMATCH', gate, found, `one for release ${release.slice(0, 12)}`)];
    }
    return standsOnOthers(receipt, given);
  });
}

/** A gate that was run again by itself leaves the verdicts after it standing on what is no longer there. */
function standsOnOthers(receipt: Receipt, given: readonly Receipt[]): readonly Finding[] {
  return given
    .filter(({ gate, digest }) => receipt.after[gate] !== undefined && receipt.after[gate] !== digest)
    .map(({ gate, attempt }) => {
      const found = `a receipt that stands on an earlier one of ${gate}`;
      return blocker('RECEIPT_MISMATCH', receipt.gate, found, `a verdict on attempt ${attempt} of ${gate}`);
    });
}
