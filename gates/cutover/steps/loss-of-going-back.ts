import { backState, unfollowedTables, writtenSince } from './back-replication.ts';
import type { FlipContext } from './flip-context.ts';

/** What going back would lose: nothing, so many rows, or nobody knows. */
export type Loss =
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'rows'; readonly rows: string }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Looks at what was written on the target since the flip, and whether the source has it. Changes nothing. Counting reads all of
 * the target's log since then: what is not counted within the bound, in seconds, is not known.
 */
export async function lossOfGoingBack(
  { plan, source, target }: Pick<FlipContext, 'plan' | 'source' | 'target'>,
  boundSeconds: number,
): Promise<Loss> {
  const unfollowed = await unfollowedTables(target, plan);
  if (plan.reverse) {
    const state = await backState(source, target, plan);
    if (state === 'follows' && unfollowed.length > 0) return { kind: 'unknown', why: outside(unfollowed) };
    if (state === 'follows') return { kind: 'none', why: 'the source follows the target' };
    const rows = await writtenSince(target, plan, boundSeconds);
    return { kind: 'unknown', why: `${state}${rows === undefined ? '' : `; ${rows} rows were not confirmed`}` };
  }
  const rows = await writtenSince(target, plan, boundSeconds);
  if (rows === undefined) {
    return {
      kind: 'unknown',
      why: `nothing kept what was written on the target, or it was not read in ${boundSeconds} s`,
    };
  }
  if (unfollowed.length > 0) return { kind: 'unknown', why: `${outside(unfollowed)}; ${rows} rows of others` };
  return rows === '0' ? { kind: 'none', why: 'nothing was written on the target' } : { kind: 'rows', rows };
}

function outside([first, ...more]: readonly string[]): string {
  return `${first}${more.length > 0 ? ` and ${more.length} more tables` : ''} made since the flip`;
}

/** As a person reads it. */
export function lossLine(loss: Loss): string {
  switch (loss.kind) {
    case 'none':
      return `nothing would be lost: ${loss.why}`;
    case 'rows':
      return `${loss.rows} rows written, changed or deleted on the target since the flip would be lost`;
    case 'unknown':
      return `it is not known what would be lost: ${loss.why}`;
    default:
      return loss satisfies never;
  }
}
