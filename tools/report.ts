import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { refreshReports, reportFiles, tellGitHub } from '../gates/reports/write-reports.ts';
import { localStackName } from './local-stack.ts';
import { projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';
import { readStackConfig } from './stack-file.ts';

// `npm run report [-- <sha>]`: SARIF, JUnit and summary from a release's evidence; on GitHub also annotations and the
// job summary. A step of its own, because what a gate prints inside of the engine never reaches the runner as a command.
await runTool(async () => {
  const config = await readStackConfig(process.env.PULUMI_STACK ?? localStackName);
  const sha = process.argv[2] ?? config.replay ?? config.release.sha;
  const folder = join(config.artifacts, sha);
  const there = await stat(join(projectRoot, folder)).catch(() => undefined);
  if (there === undefined) {
    throw new SetupError(
      'NO_EVIDENCE',
      `found no ${folder}; needed the evidence of a promotion: run it, or name its sha`,
    );
  }
  const report = await refreshReports(join(projectRoot, folder), sha);
  await tellGitHub(report);
  for (const file of Object.values(reportFiles)) console.log(join(folder, file));
  return 0;
});
