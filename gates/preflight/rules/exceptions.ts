import type { Exception } from '../../kernel/exception.ts';
import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';
import { modeOf } from '../mode.ts';
import { tolerableRules } from '../tolerable.ts';

/**
 * The exceptions of a release only shrink by themselves: each ends on its day, one that nothing needs is to be taken out,
 * and one that the accepted release did not have (or had for a shorter time) needs a reviewer who is not its owner.
 */
export function exceptions(
  facts: PreflightFacts,
  { release }: Pick<PreflightInputs, 'release'>,
  used: readonly Exception[],
): readonly Finding[] {
  const { exceptions: listed = [] } = release.migrations;
  const mode = facts.database === undefined ? 'forward' : modeOf(facts.database.accepted, release);
  const today = facts.now.slice(0, 10);
  // A way back must not close because a day has passed.
  const expiry = mode === 'forward' || mode === 'first' ? blocker : warning;
  const expired = used
    .filter((entry) => entry.expires < today)
    .map((entry) =>
      expiry('EXCEPTION_EXPIRED', entry.file, `${entry.rule} tolerated until ${entry.expires}`, 'a day to come'),
    );
  return [...expired, ...(mode === 'forward' ? unreviewed(facts, listed) : []), ...stale(facts, listed, used)];
}

function unreviewed({ database }: PreflightFacts, listed: readonly Exception[]): readonly Finding[] {
  const [accepted] = database?.accepted ?? [];
  if (accepted === undefined) return [];
  const before = accepted.release.migrations.exceptions ?? [];
  return listed
    .filter((entry) => !before.some((each) => isSame(each, entry) && each.expires >= entry.expires))
    .filter((entry) => entry.reviewer === undefined || entry.reviewer === entry.owner)
    .map((entry) => {
      const found = `${entry.rule}, which release ${accepted.sha} did not have until ${entry.expires}, reviewed by ${entry.reviewer ?? 'nobody'}`;
      return blocker('EXCEPTION_NOT_REVIEWED', entry.file, found, `a reviewer other than ${entry.owner}`);
    });
}

/** An exception of another gate's rule is that gate's to judge. */
function stale({ database }: PreflightFacts, listed: readonly Exception[], used: readonly Exception[]) {
  return listed
    .filter((entry) => {
      const rule = tolerableRules.get(entry.rule);
      return rule !== undefined && (database !== undefined || !rule.history) && !used.includes(entry);
    })
    .map((entry) =>
      warning(
        'LEGACY_BASELINE_STALE',
        entry.file,
        `${entry.rule}, which is not found there`,
        'a baseline that only shrinks',
      ),
    );
}

function isSame(a: Exception, b: Exception): boolean {
  return a.file === b.file && a.sha256 === b.sha256 && a.rule === b.rule;
}
