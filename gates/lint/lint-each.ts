import type { MigrationFile } from '../kernel/release.ts';
import { verdictOf } from '../kernel/verdict.ts';
import type { OpenDirectory } from '../migrate/migration-directory.ts';
import type { GateReport } from '../reports/report.ts';
import { analyse } from './analyse.ts';
import { contentMismatches } from './content-mismatches.ts';
import { asFinding, judgeMigrations } from './judge-migrations.ts';
import { type LintPolicy, squawkWeights } from './policy.ts';
import { type MigrationSource, readSections } from './sections.ts';

export interface LintEach {
  readonly directory: string;
  /** The same directory, where its files have been read already. */
  readonly opened?: OpenDirectory;
  readonly migrations: MigrationSource;
  /** The directory as reports name it. */
  readonly shown: string;
  readonly lint: LintPolicy;
  readonly cache?: string;
  readonly signal: AbortSignal;
}

/** Judges migrations without a database: each by itself, as if those before it were applied. */
export async function lintEach(files: readonly MigrationFile[], options: LintEach): Promise<GateReport> {
  const { directory, opened, migrations, shown, lint, cache, signal } = options;
  const began = performance.now();
  const sections = await readSections({ path: directory, ...(opened && { opened }) }, migrations, files, signal);
  const analyses = await analyse(sections, {
    directory,
    squawk: squawkWeights(lint.policy),
    signal,
    ...(cache !== undefined && { cache }),
  });
  const today = new Date().toISOString().slice(0, 10);
  const judged = sections.map((section, at) => {
    const analysis = analyses[at];
    const facts = {
      sections: [section],
      analyses: analysis === undefined ? [] : [analysis],
      catalog: undefined,
      today,
    };
    return judgeMigrations(facts, lint);
  });
  const hazards = judged.flatMap((each) =>
    each.findings.map((hazard) => {
      const { rule, file, line, hash } = hazard;
      return { ...asFinding(hazard), gate: 'lint', rule, line, hash, file: `${shown}/${file}` };
    }),
  );
  const findings = [...contentMismatches(sections).map((finding) => ({ ...finding, gate: 'lint' })), ...hazards];
  const notEvaluated = judged.flatMap((each) => each.notEvaluated.map(({ file, reason }) => `${file}: ${reason}`));
  return {
    gate: 'lint',
    verdict: verdictOf(findings),
    seconds: (performance.now() - began) / 1000,
    findings,
    notEvaluated: [...notEvaluated, 'the database: which tables are there, and the types of columns'],
  };
}
