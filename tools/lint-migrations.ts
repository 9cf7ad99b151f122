import { join, resolve } from 'node:path';
import { findingLine, verdictOf } from '../gates/kernel/verdict.ts';
import { lintCache } from '../gates/lint/lint.ts';
import { lintEach } from '../gates/lint/lint-each.ts';
import { openDirectory } from '../gates/migrate/migration-directory.ts';
import { migrationSet } from '../gates/migrate/migration-set.ts';
import { migrationTool } from '../gates/migrate/tools/index.ts';
import { reportFiles, tellGitHub, writeReport } from '../gates/reports/write-reports.ts';
import { localStackName } from './local-stack.ts';
import { projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';
import { readStackConfig } from './stack-file.ts';

// `npm run lint:migrations`: every migration of the directory, each as if those before it were applied. Needs no
// database, so it is what a pull request runs; it writes .artifacts/lint/ and, on GitHub, annotations and the summary.
await runTool(async () => {
  const config = await readStackConfig(process.env.PULUMI_STACK ?? localStackName);
  const { tool, values, directory: shown } = config.migrations;
  const directory = resolve(projectRoot, shown);
  const { opened, files } = migrationsIn(directory, tool);
  if (files.length === 0) throw new SetupError('NO_MIGRATIONS', `found none in ${shown}; needed files of ${tool}`);
  const signal = AbortSignal.timeout(600_000);
  const gate = await lintEach(files, {
    directory,
    opened,
    migrations: { tool, values },
    shown,
    lint: config.lint,
    cache: join(projectRoot, lintCache),
    signal,
  });
  const report = { sha: config.release.sha, gates: [gate] };
  const folder = join('.artifacts', 'lint');
  await writeReport(join(projectRoot, folder), report);
  for (const finding of gate.findings) console.log(`lint: ${findingLine(finding)}`);
  for (const what of gate.notEvaluated) console.log(`lint: not evaluated: ${what}`);
  await tellGitHub(report);
  console.log(`lint: ${files.length} migrations, ${gate.findings.length} findings; ${join(folder, reportFiles.sarif)}`);
  return verdictOf(gate.findings) === 'passed' ? 0 : 1;
});

function migrationsIn(directory: string, tool: string) {
  try {
    const opened = openDirectory(directory);
    return { opened, files: migrationSet(opened, migrationTool(tool)).files };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new SetupError('NO_MIGRATIONS', `${found}; needed a directory in sallyport:migrations.directory`);
  }
}
