import type { Client, ClientBase } from 'pg';
import type { DatabaseAddress, Pointer } from '../../../infra/platform.ts';
import type { Release } from '../../kernel/release.ts';
import type { Finding } from '../../kernel/verdict.ts';
import type { World } from '../../kernel/world.ts';
import type { Plan, WorkerJob } from '../plan.ts';

/** What the flip takes from the backfill and the verification, as functions. */
export interface FlipParts {
  /** Waits until the target has applied all that was committed on the source up to an LSN; at once where rows were copied. */
  applied(lsn: string, signal: AbortSignal): Promise<void>;
  /** Compares what changed since the full verification and rests again, while the source is written to. */
  differenceAhead(ledger: ClientBase, signal: AbortSignal): Promise<LastDifference>;
  /** Compares all else that changed since the full verification. Both sides stand still. */
  lastDifference(ledger: ClientBase, signal: AbortSignal): Promise<LastDifference>;
  /** Takes away what replicates from source to target. Idempotent. */
  stopReplication(): Promise<void>;
}

/** What the last comparison came to. */
export interface LastDifference {
  readonly findings: readonly Finding[];
  /** What was compared, for the evidence. */
  readonly compared: Readonly<Record<string, unknown>>;
}

/** How the apps are rolled: as in a promotion. Seconds. */
export interface Rollout {
  readonly probe: { readonly header: string; readonly answers: number; readonly seconds: number };
  readonly drainSeconds: number;
  readonly healthSeconds: number;
}

/** All that the steps of a flip and of a way back work on. Sessions are the caller's to close. */
export interface FlipContext {
  readonly plan: Plan;
  /** Whose executions scan a whole database; undefined where that is done here. */
  readonly job?: WorkerJob | undefined;
  readonly release: Release;
  readonly rollout: Rollout;
  readonly parts: FlipParts;
  readonly world: World;
  readonly pointer: Pointer;
  /** Role `gates` on the source: the ledger of the cutover. */
  readonly ledger: ClientBase;
  /** The operator of each side. */
  readonly source: ClientBase;
  readonly target: ClientBase;
  /** The target as the application is given it. */
  readonly targetAddress: DatabaseAddress;
  /** Opens a session as role `gates`; the caller ends it. */
  gates(address: DatabaseAddress): Promise<Client>;
  /** Opens a session as a writing role does; undefined where its password is not known. */
  login(side: 'source' | 'target', role: string): Promise<Client | undefined>;
}
