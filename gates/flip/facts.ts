import { z } from 'zod';
import type { TrafficWeight } from '../../infra/container-apps/container-apps.ts';
import { gateInputs } from '../kernel/gate.ts';

/** How traffic is moved, and what has to be seen of it: of a promotion's flip and of a cutover's. */
export const shiftInputs = {
  probe: z.strictObject({
    /** The header in which an answer says which revision gave it. */
    header: z.string(),
    /** Answers in a row that must come from the new revision. */
    answers: z.number().int().positive(),
    /** How long the weights may take to show at the public address, in seconds. */
    seconds: z.number().int().positive(),
  }),
  /** How long old revisions may take to drain, and new ones to become healthy, in seconds. */
  drainSeconds: z.number().int().positive(),
  healthSeconds: z.number().int().positive(),
};

export const flipInputs = gateInputs.extend(shiftInputs);

export type FlipInputs = z.infer<typeof flipInputs>;

/** A service with ingress before the flip. */
export interface Serving {
  readonly traffic: readonly TrafficWeight[];
  /** Where its traffic goes if the flip cannot be finished: the accepted revision, also when an earlier run moved it. */
  readonly back: readonly TrafficWeight[];
  readonly active: readonly string[];
}

export interface FlipFacts {
  readonly services: Readonly<Record<string, Serving>>;
  /** `back`: the working revisions that are started again if the flip cannot be finished. */
  readonly workers: Readonly<Record<string, { readonly active: readonly string[]; readonly back: readonly string[] }>>;
}

/** One service after the flip. */
export interface Flipped {
  readonly service: string;
  readonly revision: string;
  readonly before: readonly TrafficWeight[];
  readonly readBack: readonly TrafficWeight[];
  readonly publicAddress: string;
  readonly probes: number;
  readonly probeMs: number;
}

export interface FlipDone {
  readonly flipped: readonly Flipped[];
  readonly workers: readonly { readonly service: string; readonly revision: string; readonly detail: string }[];
  readonly drained: readonly string[];
  /** Why the old weights and workers were put back; absent when all went well. */
  readonly reverted?: {
    readonly code: 'REVISION_NOT_NAMED' | 'TRAFFIC_NOT_SHIFTED' | 'PUBLIC_PROBE_FAILED' | 'WORKER_UNHEALTHY';
    readonly about: string;
    readonly found: string;
    readonly needed: string;
  };
  /** Revisions that had not drained at the bound. */
  readonly undrained: readonly string[];
  readonly revisions: Readonly<Record<string, string>>;
}
