import { join } from 'node:path';
import { z } from 'zod';

/** What a rehearsal of flip and way back leaves behind: an input of gate cutover-gate, which judges its age and its time. */
export const rehearsalRecord = z.strictObject({
  version: z.literal(1),
  cutover: z.string(),
  /** What it shares with the cutover that it was rehearsed for; see shapeDigest. */
  shape: z.string(),
  sourceId: z.string().describe('cluster and database'),
  targetId: z.string(),
  sourceMajor: z
    .number()
    .int()
    .optional()
    .describe('major version of PostgreSQL; a record without it is of an earlier version, and does not count'),
  targetMajor: z.number().int().optional(),
  root: z.string().nullable().describe('of the source, scanned after the way back'),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  steps: z.array(z.strictObject({ step: z.string(), ms: z.number().int() })),
  wayBackSeconds: z.number().nullable().describe('from the decision to go back to the scanned source'),
  verdict: z.enum(['passed', 'failed', 'errored', 'inconclusive']),
  reason: z.string().nullable(),
});

export type RehearsalRecord = z.infer<typeof rehearsalRecord>;

/** Where it is, in the folder of a stack's evidence. */
export function rehearsalFile(artifacts: string, sha: string): string {
  return join(artifacts, sha, 'rehearsal.json');
}

/** Step in the ledger with the SHA-256 of a rehearsal's file, and its verdict. */
export const rehearsedStep = 'rehearsed';
