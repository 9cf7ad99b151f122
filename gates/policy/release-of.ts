import { digestOf } from '../kernel/digest.ts';
import { at, hasNotKnown, listAt, notKnown } from './look.ts';
import type { Resource } from './resource.ts';

/**
 * The digests of the releases that a resource is for: its release, its receipt, and the receipts it was given. More than
 * one is a mixture. Empty when the resource carries none, or none that is known yet.
 */
export function releasesOf({ props }: Resource): ReadonlySet<string> {
  const digests = [ownRelease(props), at(props, 'receipt', 'release'), ...givenReceipts(props)];
  return new Set(digests.filter((digest) => typeof digest === 'string'));
}

/** A gate's inputs have the release itself, a job's its digest. */
function ownRelease(props: unknown): unknown {
  const release = at(props, 'release');
  if (typeof release !== 'object' || release === null) return release;
  return hasNotKnown(release) ? undefined : digestOf(release);
}

function givenReceipts(props: unknown): readonly unknown[] {
  const receipts = listAt(props, 'receipts');
  return receipts === notKnown ? [] : receipts.map((receipt) => at(receipt, 'release'));
}
