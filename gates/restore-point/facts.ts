import { z } from 'zod';
import { gateInputs } from '../kernel/gate.ts';

const keep = z.number().int().min(1).max(100).default(3).describe('restore points kept; the newest is never removed');
const maxAgeMinutes = z
  .number()
  .int()
  .min(1)
  .default(60)
  .describe('a point older than this when a migration is still to run is taken anew');
const seconds = z.number().int().min(10).max(86_400).default(600).describe('bound for taking and checking it');

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
    strategy: z.literal('none'),
    reason: z.string().trim().min(1).describe('why this change goes without'),
    owner: z.string().trim().min(1).describe('the role that decided it'),
  }),
]);

export type RestorePointConfig = z.infer<typeof restorePointSchema>;

export const restorePointInputs = gateInputs.extend({ restorePoint: restorePointSchema });

export type RestorePointInputs = z.infer<typeof restorePointInputs>;

/** A point that production can be brought back to. */
export interface RestorePoint {
  readonly name: string;
  readonly takenAt: string;
  readonly where: string;
  readonly bytes: number;
  /** SHA-256 of what was kept; absent where the server keeps it. */
  readonly digest?: string;
}

export interface RestorePointFacts {
  readonly pending: readonly string[];
  /** Whether the application has no table yet: there is nothing to bring back. */
  readonly empty: boolean;
  /** Why the platform cannot do it, if it cannot. */
  readonly unsupported: string | undefined;
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
