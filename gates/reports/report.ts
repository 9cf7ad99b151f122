import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Envelope, envelopeSchema } from '../kernel/evidence.ts';
import type { Finding } from '../kernel/verdict.ts';

/** A finding with the place in the sources that it is about, where it has one. */
export interface ReportFinding extends Finding {
  readonly gate: string;
  /** The lint rule, where the reason code is a family of them. */
  readonly rule?: string;
  /** Relative to the project root. */
  readonly file?: string;
  readonly line?: number;
  /** What an approval names. */
  readonly hash?: string;
}

/** What one gate came to. */
export interface GateReport {
  readonly gate: string;
  readonly verdict: Envelope['verdict'] | 'unreadable';
  readonly seconds: number;
  readonly findings: readonly ReportFinding[];
  readonly notEvaluated: readonly string[];
}

/** What all gates came to for one release; every output format is made from this one record. */
export interface Report {
  readonly sha: string;
  readonly gates: readonly GateReport[];
}

const hazardSchema = z.object({
  rule: z.string(),
  file: z.string(),
  line: z.number(),
  hash: z.string(),
});
const bodySchema = z.object({
  notEvaluated: z.array(z.string()).default([]),
  directory: z.string().optional(),
  hazards: z.array(hazardSchema).default([]),
});

/** Files beside the evidence that are none. */
const others = new Set(['release.json']);

/** Reads a release's evidence. A file that cannot be read is a gate that was not evaluated, never one that passed. */
export async function readReport(folder: string, sha: string): Promise<Report> {
  const names = (await readdir(folder)).filter(
    (name) => name.endsWith('.json') && !name.startsWith('.') && !others.has(name),
  );
  const read = await Promise.all(
    names.map(async (name) => gateReport(name, await readFile(join(folder, name), 'utf8'))),
  );
  const sorted = read.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)).map(({ report }) => report);
  // A refusal at the dry-run has a file of its own; of two files of one gate the newer one counts.
  const gates = sorted.filter(({ gate }, at) => sorted.findLastIndex((other) => other.gate === gate) === at);
  return { sha, gates };
}

function gateReport(name: string, text: string): { startedAt: string; report: GateReport } {
  const json = jsonOf(text);
  const envelope = envelopeSchema.safeParse(json);
  const body = bodySchema.safeParse(json);
  if (!envelope.success || !body.success) {
    const notEvaluated = [`${name}: no evidence that can be read`];
    return { startedAt: '', report: { gate: name, verdict: 'unreadable', seconds: 0, findings: [], notEvaluated } };
  }
  const { gate, verdict, elapsedMs, startedAt } = envelope.data;
  const findings = envelope.data.findings.map((finding) => ({
    ...(finding as Finding),
    gate,
    ...placeOf(finding.about, body.data),
  }));
  const { notEvaluated } = body.data;
  return { startedAt, report: { gate, verdict, seconds: elapsedMs / 1000, findings, notEvaluated } };
}

/** Lint says `file:line rule` of its hazards. */
function placeOf(about: string, { directory = '', hazards }: z.infer<typeof bodySchema>) {
  const hazard = hazards.find(({ file, line, rule }) => about === `${file}:${line} ${rule}`);
  if (hazard === undefined) return {};
  const { rule, line, hash } = hazard;
  return { rule, line, hash, file: join(directory, hazard.file).replaceAll('\\', '/') };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema then refuses it
  }
}
