import { releaseDigest } from '../../kernel/release.ts';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';
import { modeOf } from '../mode.ts';

/** A sha that was accepted once means the same content for ever, and a rollback is not rolled back (B11). */
export function acceptedContent(
  { database }: PreflightFacts,
  { release, replay }: PreflightInputs,
): readonly Finding[] {
  if (database === undefined) return [];
  const { accepted } = database;
  const digest = releaseDigest(release);
  const findings: Finding[] = [];
  const before = accepted.find((entry) => entry.sha === release.sha);
  if (before !== undefined && before.releaseDigest !== digest) {
    const found = `content ${digest.slice(0, 12)}, accepted on ${before.at} as ${before.releaseDigest.slice(0, 12)}`;
    findings.push(blocker('RELEASE_CHANGED', `sha ${release.sha}`, found, 'one content a sha'));
  }
  if (replay && before === undefined) {
    const found = 'a replay of a release that was never accepted';
    findings.push(blocker('RELEASE_NOT_ACCEPTED', `sha ${release.sha}`, found, 'an accepted one'));
  }
  const moved = accepted.find((entry) => entry.mode !== 'steady');
  if (modeOf(accepted, release) === 'rollback' && moved?.mode === 'rollback') {
    const found = `${moved.sha} serving after a rollback`;
    findings.push(
      blocker('ROLLBACK_OF_ROLLBACK', `release ${release.sha}`, found, 'a release that was promoted forward'),
    );
  }
  return findings;
}
