import { z } from 'zod';
import type { CatalogDifference } from '../catalog/compare.ts';
import { gateInputs } from '../kernel/gate.ts';
import type { ClassPlan, MigrationClass } from '../migrate/batches.ts';
import { migrationTimeouts } from '../migrate/facts.ts';
import type { suiteResult } from '../smoke/facts.ts';
import type { Blocking } from './model.ts';
import type { Observed } from './observed.ts';
import type { RuleAndTrace } from './rule-and-trace.ts';
import type { NotSeeded } from './seed/seed.ts';
import type { ToolRun } from './tool-run.ts';
import type { TracedStatement } from './trace/traced.ts';

/** How a rehearsal is made, and what it holds a migration to. */
export const rehearseSettings = z.strictObject({
  without: z
    .string()
    .min(10)
    .optional()
    .describe('leaves the rehearsal out, for this reason; the gate then passes with a warning'),
  images: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe(
      'service → folder, relative to the project, with what its image has: the checkout that it was built from; for platforms whose images are no folders',
    ),
  lockBudget: z
    .strictObject({
      default: z.number().min(0).default(2).describe('seconds for which a migration may keep others from a table'),
      tables: z.record(z.string(), z.number().min(0)).default({}).describe('schema.table → its own budget, in seconds'),
    })
    .prefault({}),
  irreversible: z
    .strictObject({
      policy: z.enum(['warn', 'block']).default('warn').describe('what a migration without a way back leads to'),
      reasons: z
        .record(z.string(), z.string().min(1))
        .default({})
        .describe('migration → why it has no way back; a line `-- irreversible: <reason>` in the file does the same'),
    })
    .prefault({}),
  oneTransaction: z
    .boolean()
    .default(true)
    .describe('the tool applies consecutive transactional migrations in one transaction, so that locks add up'),
  healthSeconds: z.number().int().min(1).max(600).default(30).describe('bound for a service to answer on the shadow'),
  speed: z
    .strictObject({
      scanMegabytes: z.number().positive().default(100).describe('MB a second that production reads in a full scan'),
      rewriteMegabytes: z.number().positive().default(20).describe('MB a second at which it writes a table anew'),
      indexRows: z.number().positive().default(150_000).describe('rows a second that an index build takes in'),
      changeRows: z.number().positive().default(20_000).describe('rows a second that one statement changes'),
    })
    .prefault({}),
});

export const rehearseInputs = gateInputs.extend({
  settings: rehearseSettings,
  /** Runs the next `{count}` migrations, and takes the last `{count}` back. */
  stepCommand: z.array(z.string()).optional(),
  downCommand: z.array(z.string()).optional(),
  timeouts: migrationTimeouts,
});

export type RehearseInputs = z.infer<typeof rehearseInputs>;
export type RehearseSettings = z.infer<typeof rehearseSettings>;
export type SuiteRun = z.infer<typeof suiteResult>['surfaces'];

/** What became of a migration's way back. */
export type Drill =
  | {
      readonly kind: 'drilled';
      readonly afterDown: readonly CatalogDifference[];
      readonly afterUp: readonly CatalogDifference[];
    }
  /** `lost`: it failed half-way, and the schema is neither the old one nor the new one. */
  | { readonly kind: 'failed'; readonly found: string; readonly lost: boolean }
  | { readonly kind: 'irreversible'; readonly reason: string }
  | { readonly kind: 'left-out'; readonly reason: string };

/** A pending migration on the shadow. */
export interface RehearsedMigration {
  readonly name: string;
  readonly run: ToolRun;
  readonly statements: readonly TracedStatement[];
  readonly observed: readonly Observed[];
  readonly class: MigrationClass;
  /** Indexes that it builds concurrently: one of them that is invalid was left by it. */
  readonly buildsIndexes: string[];
  readonly drill: Drill;
}

/** A release's smoke suite on the shadow, or why there is none. */
export interface ShadowSmoke {
  readonly sha: string;
  /** On the schema as it is; only of the release that serves. */
  readonly before?: SuiteRun;
  readonly after?: SuiteRun;
  readonly missing?: string;
}

/** All that a rehearsal showed. */
export interface Rehearsal {
  readonly major: number;
  /** What the shadow's server did not take of production's surroundings. */
  readonly refused: readonly string[];
  /** Why the applied migrations could not be applied; nothing else is there then. */
  readonly baseFailed?: string;
  /** Production against what its applied migrations give. */
  readonly differences: readonly CatalogDifference[];
  readonly notSeeded: readonly NotSeeded[];
  /** Every migration ran by itself; otherwise all of them are told as one. */
  readonly stepped: boolean;
  readonly migrations: readonly RehearsedMigration[];
  readonly blocking: readonly Blocking[];
  readonly previous?: ShadowSmoke;
  readonly candidate?: ShadowSmoke;
}

/** What the gate saw. `rehearsal` is absent when nothing is pending, or it is left out. */
export interface RehearseFacts {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  readonly rehearsal?: Rehearsal;
  /** There where the rehearsal is. */
  readonly rulesAndTrace?: readonly RuleAndTrace[];
  /** Migration → class and indexes, from the rehearsal, or from the files' texts where it is left out. */
  readonly plan: ClassPlan;
}
