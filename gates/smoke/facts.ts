import { z } from 'zod';
import { gateInputs } from '../kernel/gate.ts';

export const smokeInputs = gateInputs;
export type SmokeInputs = z.infer<typeof smokeInputs>;

/** One answer (or none) of a surface. */
export const tryShape = z.object({
  at: z.iso.datetime(),
  attempt: z.number().int(),
  status: z.number().int().nullable(),
  latencyMs: z.number().int(),
  error: z.string().nullable(),
});

/** One assertion and how it came out. */
export const assertionResult = z.object({
  id: z.string(),
  passed: z.boolean(),
  expected: z.string(),
  actual: z.string(),
});

/** A surface after its last try: `transient` means that no definite answer came before the retries ran out. */
export const surfaceResult = z.object({
  surface: z.string(),
  url: z.string(),
  outcome: z.enum(['passed', 'failed', 'transient', 'unasserted']),
  assertions: z.array(assertionResult),
  timeline: z.array(tryShape),
  snippet: z.string().nullable(),
});

/** A suite run against one release's revisions. */
export const suiteResult = z.object({
  sha: z.string(),
  release: z.string(),
  revisions: z.record(z.string(), z.string()),
  surfaces: z.array(surfaceResult),
});

export type Try = z.infer<typeof tryShape>;
export type AssertionResult = z.infer<typeof assertionResult>;
export type SurfaceResult = z.infer<typeof surfaceResult>;
export type SuiteResult = z.infer<typeof suiteResult>;

/** What the suites answered. `previous` is absent when nothing was accepted before, `missing` says why it could not run. */
export interface SmokeFacts {
  readonly candidate: SuiteResult;
  readonly previous?: SuiteResult;
  readonly missing?: { readonly sha: string; readonly found: string };
  readonly historyDigest: string;
  /** Surfaces of the previous release that were broken before the schema was touched. */
  readonly broken: readonly string[];
}
