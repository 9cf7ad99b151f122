import { z } from 'zod';
import type { Execution, JobSpec } from '../../infra/container-apps/container-apps.ts';
import { gateInputs } from '../kernel/gate.ts';

/** A duration as PostgreSQL reads it. */
const interval = z.string().regex(/^\d+(ms|s|min)$/, 'a PostgreSQL duration such as 500ms, 5s or 2min');

export const migrationTimeouts = z.strictObject({
  /** Bound of one execution, in seconds (MIGRATION_TIMEOUT_SECONDS). */
  job: z.number().int().positive(),
  lock: interval,
  statement: interval,
  /** For migrations that wait with a weak lock. */
  waiting: z.strictObject({ lock: interval, statement: interval }),
});

export const migrateInputs = gateInputs.extend({
  /** The migration job's name on the platform. */
  job: z.string(),
  timeouts: migrationTimeouts,
  /** Runs the next `{count}` migrations. */
  stepCommand: z.array(z.string()).optional(),
  retries: z.strictObject({ attempts: z.number().int().positive(), baseSeconds: z.number().min(0) }),
  oldTransactions: z.strictObject({ olderThanSeconds: z.number().int(), waitSeconds: z.number().int() }),
});

export type MigrateInputs = z.infer<typeof migrateInputs>;

/** What was there before the job. */
export interface MigrateFacts {
  readonly applied: readonly string[];
  /** Names in the history itself: they name the state of the schema. */
  readonly recorded: readonly string[];
  readonly pending: readonly string[];
  readonly job: JobSpec | undefined;
  /** Executions that have not ended. */
  readonly running: readonly Execution[];
  /** How the marks of this attempt's executions begin: `<mark>-<batch>.<try>`. */
  readonly mark: string;
  readonly invalidIndexes: readonly string[];
}

/** One thing seen while the execution ran. */
export interface TimelineEntry {
  readonly at: string;
  readonly elapsedMs: number;
  readonly status: string;
  readonly note?: string;
}

/** One execution of the job: which batch, and which try of it. */
export interface ExecutionRun {
  readonly name: string;
  readonly batch: number;
  readonly nth: number;
  readonly status: string;
  readonly timedOut: boolean;
  readonly exitCode?: number;
  readonly detail?: string;
}

/** What there is after the job. `execution` is absent when nothing was pending. */
export interface MigrateDone {
  readonly execution?: {
    readonly name: string;
    readonly status: string;
    readonly exitCode?: number;
    readonly detail?: string;
  };
  /** Every execution of the attempt that was followed, in their order; `execution` is the last. */
  readonly executions?: readonly ExecutionRun[];
  /** Old transactions because of which nothing more was started, one line each. */
  readonly old?: readonly string[];
  readonly mixed?: boolean;
  readonly adopted: boolean;
  readonly timedOut: boolean;
  readonly timeline: readonly TimelineEntry[];
  readonly applied: readonly string[];
  readonly recorded: readonly string[];
  readonly invalidIndexes: readonly string[];
  readonly logs: readonly string[];
  readonly logsSource: string;
  readonly logsNote?: string;
}

/** The environment variable that marks an execution as ours: executions have no name of our choosing. */
export const markVariable = 'SALLYPORT_ATTEMPT';

/** Statuses after which an execution does not change any more; every other one, known or not, means: keep looking. */
export const terminal: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Stopped', 'Degraded']);
