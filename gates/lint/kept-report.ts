import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256 } from '../kernel/digest.ts';
import { writeEvidence } from '../kernel/evidence.ts';
import type { GateReport } from '../reports/report.ts';
import { programDigest } from './program-digest.ts';

/** What a report says of a set of migrations. */
export type KeptReport = Pick<GateReport, 'findings' | 'notEvaluated'>;

/** The report kept of exactly this subject, judged by exactly this program; undefined when there is none that is whole. */
export async function keptReport(path: string, subject: unknown): Promise<KeptReport | undefined> {
  const text = await readFile(path, 'utf8').catch(() => ''); // not there yet, or unreadable: judged anew
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  return end >= 0 && text.slice(0, end) === headOf(subject, body) ? (JSON.parse(body) as KeptReport) : undefined;
}

/** Keeps a report; the one before it is forgotten. */
export async function keepReport(path: string, subject: unknown, report: KeptReport): Promise<void> {
  const body = JSON.stringify({ findings: report.findings, notEvaluated: report.notEvaluated });
  await mkdir(dirname(path), { recursive: true });
  await writeEvidence(path, `${headOf(subject, body)}\n${body}`);
}

function headOf(subject: unknown, body: string): string {
  return sha256(`${programDigest()}\n${sha256(JSON.stringify(subject))}\n${sha256(body)}`);
}
