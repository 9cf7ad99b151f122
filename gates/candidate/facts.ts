import { z } from 'zod';
import type { AppState, Revision } from '../../infra/container-apps/container-apps.ts';
import { gateInputs } from '../kernel/gate.ts';

export const candidateInputs = gateInputs.extend({
  /** How long a candidate may take to become healthy, in seconds. */
  healthSeconds: z.number().int().positive(),
  /**
   * Service → the revision that the platform made of it, where apps are declared: out of the declared apps, so that they
   * are there before this gate looks. Without it the gate brings up the revisions itself.
   */
  declared: z.record(z.string(), z.string()).optional(),
});

export type CandidateInputs = z.infer<typeof candidateInputs>;

/** What is on the platform before the candidate. */
export interface CandidateFacts {
  /** Whether a release is accepted, where apps are declared: they are there then, whether one is or not. */
  readonly accepted?: boolean;
  readonly apps: Readonly<Record<string, { readonly app: AppState | undefined; readonly active: readonly string[] }>>;
}

/** One service's candidate revision, at its end: healthy, or why not. */
export interface Candidate {
  readonly revision: string;
  /** Of this revision alone; absent for a worker. */
  readonly address?: string;
  readonly publicAddress?: string;
  readonly image: string;
  readonly healthy: boolean;
  readonly detail: string;
  /** What it runs that the release does not ask for. */
  readonly difference?: string;
}

/** `refused` names a service that the platform did not take. */
export interface CandidateDone {
  readonly candidates: Readonly<Record<string, Candidate>>;
  readonly refused?: { readonly service: string; readonly message: string };
}

/** Service → its candidate revision, as later gates read it from the receipt. */
export const candidatesSchema = z.record(
  z.string(),
  z.object({ revision: z.string(), address: z.string().optional(), publicAddress: z.string().optional() }),
);

/** Whether a revision serves or could serve: healthy, running, with as many replicas as asked. */
export function isHealthy(revision: Revision, replicas: number): boolean {
  // The service answers more states than its specification lists (RunningAtMaxScale).
  const running = revision.running === 'Running' || revision.running === 'RunningAtMaxScale';
  return revision.active && running && revision.health === 'Healthy' && revision.replicas >= replicas;
}
