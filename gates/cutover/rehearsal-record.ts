import { z } from 'zod';

/** Version of rehearsal.json. */
export const rehearsalVersion = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** `rehearsal.json`: a flip and the way back, done for real and timed. */
export const rehearsalRecordSchema = z.strictObject({
  version: z.literal(rehearsalVersion),
  cutover: z.string(),
  shape: hash.describe('of the plan without its sides: what another pair of databases shares with it'),
  sourceId: z.string().describe('system identifier and database'),
  targetId: z.string(),
  root: hash.nullable().describe('that the candidate was verified with'),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  steps: z.array(z.strictObject({ step: z.string(), ms: z.number().int() })).describe('in the order in which they ran'),
  wayBackSeconds: z
    .number()
    .nullable()
    .describe('from the decision to the source serving again; null where it did not'),
  verdict: z.enum(['passed', 'failed', 'errored', 'inconclusive', 'aborted']),
  reason: z.string().nullable(),
});

export type RehearsalRecord = z.infer<typeof rehearsalRecordSchema>;
