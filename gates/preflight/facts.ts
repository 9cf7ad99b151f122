import { z } from 'zod';
import type { AppState, EnvironmentState } from '../../infra/container-apps/container-apps.ts';
import type { FlexibleServerState } from '../../infra/postgres-flexible/flexible-server.ts';
import type { SchemaDrift } from '../baseline/schema-drift.ts';
import type { ApplicationLeft } from '../cutover/steps/application-left.ts';
import { gateInputs } from '../kernel/gate.ts';
import type { Accepted } from '../kernel/ledger/accepted.ts';
import type { Hold } from '../kernel/ledger/hold.ts';
import type { History } from '../migrate/history.ts';

export const preflightInputs = gateInputs.extend({
  naming: z.strictObject({ pattern: z.string(), example: z.string() }),
  /** Whether an accepted release is replayed; it must then be in the ledger, as it was. */
  replay: z.boolean(),
  /** What a schema that was changed outside of migrations does to a promotion. */
  driftPolicy: z.enum(['block', 'warn']),
});

export type PreflightInputs = z.infer<typeof preflightInputs>;

/** What preflight saw. `database` and `apps` are absent in a preview that does not know where they are. */
export interface PreflightFacts {
  readonly now: string;
  /** Whether this release is about to be promoted, and not only looked at. */
  readonly pending: boolean;
  readonly database?: {
    /** Migration names in the order they were applied. */
    readonly applied: readonly string[];
    readonly history: History;
    /** Name → content hash on record. */
    readonly hashes: ReadonlyMap<string, string>;
    /** Newest first. */
    readonly accepted: readonly Accepted[];
    readonly hold: Hold | undefined;
    /** Whether this release has passed its smoke suite on the schema as it is. */
    readonly proven: boolean;
    /** Whether the schema is as the last migration left it. */
    readonly schema: SchemaDrift;
    /** That a cutover moved the application away from here. */
    readonly left?: ApplicationLeft | undefined;
  };
  /** Those with ingress. */
  readonly apps?: readonly AppState[];
  /** Those without. */
  readonly workers?: readonly AppState[];
  /** Azure only: what the release stands on. Undefined members are not there. */
  readonly ground?: {
    readonly environment: EnvironmentState | undefined;
    readonly server: FlexibleServerState | undefined;
  };
}
