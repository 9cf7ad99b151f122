import type { ByJob } from '../cutover/work/by-job.ts';
import type { DatabaseTarget } from '../kernel/database-url.ts';
import type { Progress } from '../kernel/progress.ts';
import type { Finding } from '../kernel/verdict.ts';
import type { Invariant } from './checks/invariants.ts';
import type { DatabaseDigest } from './compare-content.ts';
import type { KeptSide, KeptSideRecord } from './kept-leaves.ts';
import type { Location } from './locate.ts';
import type { VerifySettings } from './settings.ts';
import type { MovingRows, MovingSource } from './touched/moving-source.ts';
import type { CheckDone } from './verify-database.ts';

/** What a run is asked for. Without a source only the target is looked at: its checks and its root. */
export interface VerificationRequest {
  readonly runId: string;
  readonly settings: VerifySettings;
  readonly invariants: readonly Invariant[];
  readonly source: DatabaseTarget | undefined;
  readonly target: DatabaseTarget;
  /** The root that the database must have. */
  readonly expected: string | undefined;
  /** An earlier run whose leaves stand where nothing changed since. */
  readonly since?: { readonly runId: string; readonly source?: KeptSide; readonly target?: KeptSide } | undefined;
  /** How a source that is written to is followed: it is verified to the position of its snapshot, without the rows that move. */
  readonly moving?: MovingSource | undefined;
  readonly progress: Progress;
  /** Who digests, where that is neither this process nor processes of its own: executions of a job. */
  readonly job?: ByJob | undefined;
}

/** One side of a run: what was opened, and what was read of it. */
export interface VerifiedSide {
  readonly database: string;
  readonly server: string;
  readonly lsn: string | undefined;
  readonly digest: DatabaseDigest | undefined;
  /** For a later run. */
  readonly leaves: KeptSideRecord | undefined;
}

/** What a run came to. Where it ended early there is a finding that says so, and what it did not read is not there. */
export interface Verification {
  readonly findings: readonly Finding[];
  readonly source: VerifiedSide | undefined;
  readonly target: VerifiedSide | undefined;
  readonly checks: readonly CheckDone[];
  readonly differences: ReadonlyMap<string, Location>;
  /** What was left out because it moves; undefined where the source was not followed. */
  readonly moving: MovingRows | undefined;
  /** Step → milliseconds. */
  readonly timings: Readonly<Record<string, number>>;
}
