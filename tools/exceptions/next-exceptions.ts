import { stringify } from 'yaml';
import { sha256 } from '../../gates/kernel/digest.ts';
import { type Exception, tolerate } from '../../gates/kernel/exception.ts';
import type { Finding } from '../../gates/kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../../gates/preflight/facts.ts';
import { migrationFindings, tolerableRules } from '../../gates/preflight/tolerable.ts';

/** What becomes of the exceptions of a release, and what is left to mend. */
export interface NextExceptions {
  readonly entries: readonly Exception[];
  readonly added: readonly Exception[];
  readonly removed: readonly Exception[];
  readonly open: readonly Finding[];
}

/** Keeps the entries that something needs, word for word; adds one for each finding left, where somebody takes it upon them. */
export function nextExceptions(
  facts: PreflightFacts,
  inputs: Pick<PreflightInputs, 'release' | 'naming'>,
  listed: readonly Exception[],
  asked: Pick<Exception, 'owner' | 'reason' | 'expires' | 'reviewer'> | undefined,
): NextExceptions {
  const { files } = inputs.release.migrations;
  const found = migrationFindings(facts, inputs).filter((finding) => tolerableRules.has(finding.code));
  const { left, used } = tolerate(found, listed, files);
  // What cannot be judged here (no history, a rule of another gate) is not taken out.
  const kept = listed.filter((entry) => {
    const rule = tolerableRules.get(entry.rule);
    return used.includes(entry) || rule === undefined || (rule.history && facts.database === undefined);
  });
  const removed = listed.filter((entry) => !kept.includes(entry));
  if (asked === undefined) return { entries: kept, added: [], removed, open: left };
  const contents = new Map(files.map((file) => [file.file, file.sha256]));
  const added = left.map(({ about, code }) => ({
    file: about,
    sha256: contents.get(about) ?? sha256(about),
    rule: code,
    ...asked,
  }));
  return { entries: [...kept, ...added], added, removed, open: [] };
}

/** The file of the exceptions. */
export function exceptionsText(entries: readonly Exception[]): string {
  const heading = '# What is tolerated in the migrations, written by `npm run exceptions`. This list only shrinks.\n';
  return heading + stringify(entries, { lineWidth: 0 });
}
