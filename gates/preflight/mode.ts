import type { Mode } from '../kernel/admission.ts';
import { type Release, releaseDigest } from '../kernel/release.ts';

type Known = readonly { readonly seq: number; readonly sha: string; readonly releaseDigest: string }[];

/**
 * What promoting a release would be, given what was accepted (newest first): nothing new, a way back to a release that
 * was accepted before the one that serves, or a step forward.
 */
export function modeOf(accepted: Known, release: Release): Mode {
  const current = accepted[0];
  if (current === undefined) return 'first';
  if (current.releaseDigest === releaseDigest(release)) return 'steady';
  const first = firstAccepted(accepted, release.sha);
  const served = firstAccepted(accepted, current.sha);
  return first !== undefined && served !== undefined && first < served ? 'rollback' : 'forward';
}

function firstAccepted(accepted: Known, sha: string): number | undefined {
  const seqs = accepted.filter((entry) => entry.sha === sha).map((entry) => entry.seq);
  return seqs.length === 0 ? undefined : Math.min(...seqs);
}
