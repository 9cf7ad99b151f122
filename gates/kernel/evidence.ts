import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { sha256 } from './digest.ts';
import { redactDeep } from './redact.ts';

/** Version of the envelope. A change that a reader could trip over raises it. */
export const evidenceVersion = 1;

/** What every evidence file begins with; the gate's own body is beside it. Times are ISO 8601, UTC. */
export const envelopeSchema = z.object({
  version: z.literal(evidenceVersion),
  gate: z.string(),
  sha: z.string(),
  release: z.string().describe('digest of the release'),
  subject: z.string().describe('digest of everything that could change the verdict'),
  attempt: z.number().int().nullable().describe('null when the ledger could not be reached'),
  resumed: z.boolean().describe('whether an earlier engine run left this attempt half-done'),
  verdict: z.enum(['passed', 'failed', 'errored', 'inconclusive', 'skipped', 'aborted']),
  reasonCode: z.string().nullable(),
  reason: z.string().nullable(),
  findings: z.array(
    z.object({
      code: z.string(),
      severity: z.enum(['BLOCKER', 'WARNING']),
      about: z.string(),
      found: z.string(),
      needed: z.string(),
      recovery: z.string(),
    }),
  ),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  elapsedMs: z.number().int(),
  owner: z.string(),
  reviewer: z.string().nullable(),
  previous: z
    .array(z.object({ gate: z.string(), attempt: z.number().int(), sha256: z.string() }))
    .describe('the evidence files of the gates before this one'),
});

export type Envelope = z.infer<typeof envelopeSchema>;

/** The text of an evidence file, without secrets, and its SHA-256. */
export function evidenceText(envelope: Envelope, body: Record<string, unknown>): { text: string; digest: string } {
  const text = `${JSON.stringify(redactDeep({ ...envelope, ...body }), null, 2)}\n`;
  return { text, digest: sha256(text) };
}

/** Writes an evidence file so that a reader sees the old one or the new one, never half of it; an earlier attempt's is kept. */
export async function writeEvidence(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = join(dirname(path), `.${sha256(path).slice(0, 8)}.${process.pid}.tmp`);
  await writeFile(unfinished, text);
  await keepEarlier(path, attemptIn(text));
  await rename(unfinished, path);
}

/** A release may come back, by a rollback for instance: what its first promotion left is moved to `earlier/`. */
async function keepEarlier(path: string, next: number | undefined): Promise<void> {
  const attempt = attemptIn(await readFile(path, 'utf8').catch(() => ''));
  if (attempt === undefined || attempt === next) return;
  const folder = join(dirname(path), 'earlier');
  await mkdir(folder, { recursive: true });
  await rename(path, join(folder, `${attempt}-${basename(path)}`));
}

function attemptIn(text: string): number | undefined {
  const attempt = /^ {2}"attempt": (\d+),$/m.exec(text)?.[1];
  return attempt === undefined ? undefined : Number(attempt);
}
