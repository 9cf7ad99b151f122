import type { MigrationFile } from '../kernel/release.ts';
import { verdictOf } from '../kernel/verdict.ts';
import { type OpenDirectory, openDirectory } from '../migrate/migration-directory.ts';
import { languageOf } from '../migrate/tools/sections.ts';
import type { GateReport } from '../reports/report.ts';
import { analyse, engineVersions } from './analyse.ts';
import { contentMismatches } from './content-mismatches.ts';
import { asFinding, judgeMigrations } from './judge-migrations.ts';
import { type KeptReport, keepReport, keptReport } from './kept-report.ts';
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
  /** Where analyses are kept by content, and beside it the last report as a whole. */
  readonly cache?: string;
  readonly signal: AbortSignal;
}

/** Judges migrations without a database: each by itself, as if those before it were applied. */
export async function lintEach(files: readonly MigrationFile[], options: LintEach): Promise<GateReport> {
  const began = performance.now();
  const opened = options.opened ?? openDirectory(options.directory);
  const today = new Date().toISOString().slice(0, 10);
  const { migrations, shown, lint, cache } = options;
  const subject = { files, migrations, shown, lint, today, engines: engineVersions() };
  const path = cache !== undefined && isWhole(files, opened) ? `${cache}.report` : undefined;
  const kept = path === undefined ? undefined : await keptReport(path, subject);
  const { findings, notEvaluated } = kept ?? (await judged(files, { ...options, opened }, today));
  if (path !== undefined && kept === undefined) await keepReport(path, subject, { findings, notEvaluated });
  const seconds = (performance.now() - began) / 1000;
  return { gate: 'lint', verdict: verdictOf(findings), seconds, findings, notEvaluated };
}

/** Whether the hashes of the files say all: a program may import others, and a file may not be the one of the set. */
function isWhole(files: readonly MigrationFile[], opened: OpenDirectory): boolean {
  const present = new Set(opened.paths);
  return files.every(({ file, sha256, down, settings }) =>
    [{ file, sha256 }, down, settings].every(
      (part) =>
        part === undefined ||
        ((languageOf(part.file) === undefined || part === settings) &&
          present.has(part.file) &&
          opened.sha256(part.file) === part.sha256),
    ),
  );
}

async function judged(
  files: readonly MigrationFile[],
  options: LintEach & { opened: OpenDirectory },
  today: string,
): Promise<KeptReport> {
  const { directory, opened, migrations, shown, lint, cache, signal } = options;
  const sections = await readSections({ path: directory, opened }, migrations, files, signal);
  const squawk = squawkWeights(lint.policy);
  const analyses = await analyse(sections, { directory, squawk, signal, ...(cache !== undefined && { cache }) });
  const each = sections.map((section, at) => {
    const analysis = analyses[at];
    const alone = { sections: [section], analyses: analysis === undefined ? [] : [analysis] };
    return judgeMigrations({ ...alone, catalog: undefined, today }, lint);
  });
  const hazards = each.flatMap((one) =>
    one.findings.map((hazard) => {
      const { rule, file, line, hash } = hazard;
      return { ...asFinding(hazard), gate: 'lint', rule, line, hash, file: `${shown}/${file}` };
    }),
  );
  const mismatches = contentMismatches(sections).map((finding) => ({ ...finding, gate: 'lint' }));
  const unseen = each.flatMap((one) => one.notEvaluated.map(({ file, reason }) => `${file}: ${reason}`));
  const notEvaluated = [...unseen, 'the database: which tables are there, and the types of columns'];
  return { findings: [...mismatches, ...hazards], notEvaluated };
}
