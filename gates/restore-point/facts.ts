import { z } from 'zod';
import { type FlexibleServerState, flexibleServerId } from '../../infra/postgres-flexible/flexible-server.ts';
import { gateInputs } from '../kernel/gate.ts';

const keepUpTo = (most: number) =>
  z.number().int().min(1).max(most).default(3).describe('restore points kept; the newest is never removed');
const keep = keepUpTo(100);
const age = 'a point older than this when a migration is still to run is taken anew';
const maxAgeMinutes = z.number().int().min(1).default(60).describe(age);
const seconds = z.number().int().min(10).max(86_400).default(600).describe('bound for taking and checking it');

const server = z
  .string()
  .regex(flexibleServerId, 'an ARM id: /subscriptions/…/providers/Microsoft.DBforPostgreSQL/flexibleServers/…')
  .describe("ARM id of production's Azure Database for PostgreSQL flexible server");
const endpoint = z
  .string()
  .regex(/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/, 'a loopback address, http://127.0.0.1:PORT')
  .optional()
  .describe('loopback address of a stand-in for the management API; the public cloud without it');

/** How production can be brought back to where it was before the migration. */
export const restorePointSchema = z.discriminatedUnion('strategy', [
  z.strictObject({ strategy: z.literal('base-backup'), keep, maxAgeMinutes, seconds }),
  z.strictObject({
    strategy: z.literal('pg_dump'),
    programs: z.string().optional().describe('folder of pg_dump and pg_restore; PATH is searched without it'),
    directory: z.string().default('.sallyport/restore-points').describe('where the dumps go, relative to the project'),
    keep,
    maxAgeMinutes,
    seconds,
  }),
  z.strictObject({
    strategy: z.literal('template'),
    waitSeconds: z
      .number()
      .int()
      .min(1)
      .max(600)
      .default(20)
      .describe('how long to wait until no session uses the database'),
    keep,
    maxAgeMinutes,
    seconds,
  }),
  z.strictObject({
    strategy: z.literal('pitr'),
    server,
    endpoint,
    // Retention is 7 days at least: a younger point cannot have left it.
    maxAgeMinutes: z.number().int().min(1).max(1440).default(60).describe(age),
    seconds,
  }),
  z.strictObject({
    strategy: z.literal('on-demand'),
    server,
    endpoint,
    // A server holds 7, and the new one is taken before an old one goes.
    keep: keepUpTo(6),
    maxAgeMinutes,
    seconds,
  }),
  z.strictObject({
    strategy: z.literal('none'),
    reason: z.string().trim().min(1).describe('why this change goes without'),
    owner: z.string().trim().min(1).describe('the role that decided it'),
  }),
]);

export type RestorePointConfig = z.infer<typeof restorePointSchema>;

/** The strategies whose points the cloud keeps: recorded here, and not restored. */
export type RecordedConfig = Extract<RestorePointConfig, { strategy: 'pitr' | 'on-demand' }>;

export const restorePointInputs = gateInputs.extend({ restorePoint: restorePointSchema });

export type RestorePointInputs = z.infer<typeof restorePointInputs>;

/** A point that production can be brought back to. */
export interface RestorePoint {
  readonly name: string;
  readonly takenAt: string;
  readonly where: string;
  /** Absent where the platform does not say. */
  readonly bytes?: number;
  /** SHA-256 of what was kept; absent where the server keeps it. */
  readonly digest?: string;
  /** Present where the point was not restored: what stands for the proof, and what does not. */
  readonly recorded?: RecordedPoint;
}

/** What the platform says of a point that nobody has restored. */
export interface RecordedPoint {
  /** Earliest time that the platform can restore, ISO 8601; absent for a backup that was ordered. */
  readonly earliestRestorable?: string;
  readonly retentionDays?: number;
  readonly notProven: readonly string[];
  /** The command that restores it, as a new server. */
  readonly recovery: string;
}

export interface RestorePointFacts {
  readonly pending: readonly string[];
  /** Whether the application has no table yet: there is nothing to bring back. */
  readonly empty: boolean;
  /** Why the platform cannot do it, if it cannot. */
  readonly unsupported: string | undefined;
  /** Where the cloud keeps the points and one is needed: what it says of the server. */
  readonly cloud?: CloudFacts;
}

export interface CloudFacts {
  /** Undefined where there is no such server. */
  readonly server: FlexibleServerState | undefined;
  /** The database server's own time, ISO 8601. */
  readonly clock: string;
}

/** What taking a point came to; absent when nothing is pending, or by decision. */
export interface RestorePointDone {
  readonly point?: RestorePoint;
  /** Where the restored copy differs from production, object by object and table by table. */
  readonly differences: readonly string[];
  readonly objects: number;
  readonly tables: number;
  readonly rows: number;
  readonly notCounted: readonly string[];
  readonly removed: readonly string[];
}
