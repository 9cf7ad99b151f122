import { z } from 'zod';
import { envelopeSchema } from '../kernel/evidence.ts';
import { keptSideSchema } from './kept-leaves.ts';

/** Version of run.json and scan.json. */
export const verificationVersion = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const findings = envelopeSchema.shape.findings;
const tableRecord = z.object({
  rows: z.string().regex(/^\d+$/),
  root: hash,
  leaves: z.number().int(),
  digested: z.number().int().describe('leaves whose rows this run digested; the others stand from the run before'),
});

const moving = z.object({
  lsn: z
    .string()
    .describe('of the source: what was committed before it is verified, and its root is the one to approve'),
  upTo: z.string().describe('of the source: rows touched up to here may be in the target'),
  rows: z
    .record(z.string(), z.union([z.number().int(), z.literal('all')]))
    .describe('table → rows that were touched meanwhile; all where it is not known which'),
  note: z.literal('rows that move are left out on both sides; they are compared when writes are frozen'),
});

const side = z.object({
  database: z.string().describe('host:port/database'),
  server: z.string().describe('server_version'),
  lsn: z.string().nullable().describe('read after the snapshot: what it shows was committed before'),
  root: hash.nullable().describe('of the whole database; null where there is nothing whole to take a root of'),
  modules: z.record(z.string(), hash),
  tables: z.record(z.string(), tableRecord),
});

export type SideRecord = z.infer<typeof side>;

/** `run.json`: what was compared, and what it came to. */
export const runRecordSchema = z.object({
  version: z.literal(verificationVersion),
  runId: z.string(),
  digestVersion: z.number().int().describe('roots of two versions of the definition say nothing of each other'),
  modules: hash.describe('of the module list'),
  settings: hash.describe('of all that decides the verdict: module list, checks, invariants with their SQL, policy'),
  expected: z.string().nullable().describe('the root that was asked for'),
  since: z.string().nullable().describe('the run whose leaves stand where nothing changed since'),
  leavesSha256: hash.nullable().describe('of leaves.json, for a later run'),
  workers: z.number().int().describe('sessions on each side that hold the snapshot'),
  by: z
    .strictObject({
      kind: z.enum(['here', 'processes', 'job']).describe('those sessions, processes, or executions of a job'),
      workers: z.number().int().describe('on each side'),
    })
    .nullable()
    .default(null)
    .describe('who digested; null in a record from before this was written down'),
  moving: moving.nullable().default(null).describe('null where the source was taken to stand still'),
  source: side.nullable().describe('null where only the target was looked at, or nothing was read'),
  target: side.nullable(),
  verdict: envelopeSchema.shape.verdict,
  reasonCode: z.string().nullable(),
  reason: z.string().nullable(),
  findings,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  elapsedMs: z.number().int(),
  timings: z.record(z.string(), z.number().int()).describe('step → milliseconds'),
});

export type RunRecord = z.infer<typeof runRecordSchema>;

/** `leaves.json`: what a later run needs to digest only what changed. */
export const leavesRecordSchema = z.strictObject({
  version: z.literal(verificationVersion),
  runId: z.string(),
  source: keptSideSchema.nullable(),
  target: keptSideSchema.nullable(),
});

export type LeavesRecord = z.infer<typeof leavesRecordSchema>;

const shownValue = z.object({ source: z.string().nullable(), target: z.string().nullable() });

/** `scan.json`: what each check of the target came to, and where rows differ. */
export const scanRecordSchema = z.object({
  version: z.literal(verificationVersion),
  runId: z.string(),
  database: z.string().nullable(),
  lsn: z.string().nullable(),
  checks: z
    .array(z.object({ check: z.string(), findings: z.number().int(), elapsedMs: z.number().int() }))
    .describe('in the order in which they ran; what is not listed did not run to its end'),
  findings,
  differences: z.record(
    z.string(),
    z.object({
      complete: z.boolean().describe('false where there are more different rows than are shown'),
      rows: z.array(
        z.object({
          kind: z.enum(['missing', 'not expected', 'changed']),
          key: z.record(z.string(), z.string()),
          copies: z.object({ digest: z.string(), count: z.number().int() }).optional(),
          columns: z.array(z.string()),
          values: z.record(z.string(), shownValue).optional(),
        }),
      ),
    }),
  ),
});

export type ScanRecord = z.infer<typeof scanRecordSchema>;
