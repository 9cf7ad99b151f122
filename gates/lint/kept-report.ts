import { sha256 } from '../kernel/digest.ts';
import type { GateReport } from '../reports/report.ts';
import { readKept, writeKept } from './kept-file.ts';
import { programDigest } from './program-digest.ts';

/** What a report says of a set of migrations. */
export type KeptReport = Pick<GateReport, 'findings' | 'notEvaluated'>;

/** The report kept of exactly this subject, judged by exactly this program; undefined when there is none that is whole. */
export async function keptReport(path: string, subject: unknown): Promise<KeptReport | undefined> {
  return (await readKept(path, basisOf(subject))) as KeptReport | undefined;
}

/** Keeps a report; the one before it is forgotten. */
export async function keepReport(path: string, subject: unknown, report: KeptReport): Promise<void> {
  await writeKept(path, basisOf(subject), report);
}

function basisOf(subject: unknown): string {
  return sha256(`${programDigest()}\n${JSON.stringify(subject)}`);
}
