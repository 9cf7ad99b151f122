import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { writeEvidence } from '../kernel/evidence.ts';
import { toAnnotations } from './annotations.ts';
import { toJunit } from './junit.ts';
import { type Report, readReport } from './report.ts';
import { toSarif } from './sarif.ts';
import { toSummary } from './summary.ts';

/** The files that are written beside the evidence. */
export const reportFiles = { sarif: 'findings.sarif', junit: 'junit.xml', summary: 'summary.md' } as const;

/** Writes a report in every format into a folder. */
export async function writeReport(folder: string, report: Report): Promise<void> {
  await writeEvidence(join(folder, reportFiles.sarif), `${JSON.stringify(toSarif(report), null, 2)}\n`);
  await writeEvidence(join(folder, reportFiles.junit), toJunit(report));
  await writeEvidence(join(folder, reportFiles.summary), toSummary(report));
}

/** Makes the reports of a release anew from the evidence that is there. Called after each gate, so a stop leaves them too. */
export async function refreshReports(folder: string, sha: string): Promise<Report> {
  const report = await readReport(folder, sha);
  await writeReport(folder, report);
  return report;
}

/** Under GitHub Actions, and only there: annotations to standard output, and the page into the job summary. */
export async function tellGitHub(report: Report): Promise<void> {
  if (env.GITHUB_ACTIONS !== 'true') return;
  for (const line of toAnnotations(report)) console.log(line);
  if (env.GITHUB_STEP_SUMMARY) await appendFile(env.GITHUB_STEP_SUMMARY, toSummary(report));
}
