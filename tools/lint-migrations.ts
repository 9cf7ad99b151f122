import { join, resolve } from 'node:path';
import { findingLine, verdictOf } from '../gates/kernel/verdict.ts';
import { lintCache } from '../gates/lint/lint.ts';
import { lintEach } from '../gates/lint/lint-each.ts';
import { reportFiles, tellGitHub, writeReport } from '../gates/reports/write-reports.ts';
import { releaseOf } from '../stacks/release.ts';
import { localStackName } from './local-stack.ts';
import { projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { readStackConfig } from './stack-file.ts';

// `npm run lint:migrations`: every migration of the directory, each as if those before it were applied. Needs no
// database, so it is what a pull request runs; it writes .artifacts/lint/ and, on GitHub, annotations and the summary.
await runTool(async () => {
  const config = await readStackConfig(process.env.PULUMI_STACK ?? localStackName);
  const release = await releaseOf(config);
  const directory = resolve(projectRoot, config.migrations.directory);
  const signal = AbortSignal.timeout(600_000);
  const gate = await lintEach(release.migrations.files, {
    directory,
    shown: config.migrations.directory,
    lint: config.lint,
    cache: join(projectRoot, lintCache),
    signal,
  });
  const report = { sha: release.sha, gates: [gate] };
  const folder = join('.artifacts', 'lint');
  await writeReport(join(projectRoot, folder), report);
  for (const finding of gate.findings) console.log(`lint: ${findingLine(finding)}`);
  for (const what of gate.notEvaluated) console.log(`lint: not evaluated: ${what}`);
  await tellGitHub(report);
  const all = release.migrations.files.length;
  console.log(`lint: ${all} migrations, ${gate.findings.length} findings; ${join(folder, reportFiles.sarif)}`);
  return verdictOf(gate.findings) === 'passed' ? 0 : 1;
});
