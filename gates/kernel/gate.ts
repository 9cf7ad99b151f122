import { z } from 'zod';
import { databaseAddressSchema, platformAddressSchema } from './addresses.ts';
import { changeSchema } from './change.ts';
import { envelopeSchema } from './evidence.ts';
import { receiptSchema } from './receipt.ts';
import { releaseSchema } from './release.ts';
import type { Finding } from './verdict.ts';
import type { World } from './world.ts';

/** The inputs that every gate has. A gate's own schema extends this one. */
export const gateInputs = z.strictObject({
  release: releaseSchema,
  /** Receipts of the gates before this one. */
  receipts: z.array(receiptSchema),
  change: changeSchema,
  platform: platformAddressSchema,
  database: databaseAddressSchema,
  /** Pulumi's stack, as it is named to others. */
  stack: z.string(),
  /** Where evidence goes, relative to the project root. */
  artifacts: z.string(),
});

export type GateInputs = z.infer<typeof gateInputs>;

/**
 * A gate: looks at a release and the world, and lets the release through or blocks it.
 * `judge` and `conclude` are pure; all that touches the world is in `inspect` (read-only) and `act` (idempotent, may be
 * killed at any line). The kernel does the rest: see provider.ts.
 */
export interface Gate<Inputs extends GateInputs = GateInputs, Facts = unknown, Done = unknown> {
  readonly name: string;
  /** Version of the rules. Raise it when a change of the gate's code must void the verdicts it gave before. */
  readonly rules: number;
  /** The gates whose receipts for this release are demanded. */
  readonly needs: readonly string[];
  readonly inputs: z.ZodObject & z.ZodType<Inputs>;
  /** The file under `<artifacts>/<sha>/`, and what is in it besides the envelope. */
  readonly evidence: { readonly file: string; readonly body: z.ZodType<Record<string, unknown>> };
  /** Seconds that a whole attempt may take; at the bound it is inconclusive. */
  deadlineSeconds(inputs: Inputs): number;
  /** What besides release, receipts and rules can change the verdict: it goes into the subject's digest. */
  subject(inputs: Inputs): unknown;
  /** `live`: inspect and judge run in every preview and up too, so a dry-run tells the truth. Must be quick. */
  readonly live?: boolean;
  /** Inputs that `inspect` can do without in a preview that does not know them yet; they are then absent. */
  readonly optionalInPreview?: readonly string[];
  /** Files and folders of the project that `inspect` reads, relative to the root: they go with it where gates run as a job. */
  reads?(inputs: Inputs): readonly string[];
  /** The promotion is over when this gate has let the release through. */
  readonly last?: boolean;
  /** What has changed in the world since the gate passed, if anything: it runs again then. Must be quick. */
  drift?(world: World, inputs: Inputs): Promise<string | undefined>;
  /** What `pulumi refresh` looks at. Must be quick. */
  readonly refresh?: Refresh;
  /** What is taken out of the world when the gate leaves the stack: idempotent. Without it nothing is. */
  readonly remove?: Remove;
  inspect(world: World, inputs: Inputs): Promise<Facts>;
  judge(facts: Facts, inputs: Inputs): readonly Finding[];
  act?(world: World, inputs: Inputs, facts: Facts): Promise<Done>;
  conclude?(done: Done, facts: Facts, inputs: Inputs): readonly Finding[];
  /** The evidence's body; with whatever is known when the gate fails early. */
  report(inputs: Inputs, facts: Facts | undefined, done: Done | undefined): Record<string, unknown>;
  /** What later gates need to know. */
  data?(inputs: Inputs, facts: Facts, done: Done | undefined): Record<string, unknown>;
  /** One line on what passed, for the progress output. */
  summary(inputs: Inputs, facts: Facts, done: Done | undefined): string;
}

/** A look at the world in `pulumi refresh`, which runs without the program and knows only the state. */
export interface Refresh {
  /** What the look needs to know, kept in the state. */
  keep(inputs: GateInputs): Record<string, unknown>;
  /** What has changed since the gate passed, if anything. */
  look(world: World, kept: Readonly<Record<string, unknown>>): Promise<string | undefined>;
}

/** What a gate takes away when its resource is deleted, which is told no inputs either. */
export interface Remove {
  /** What the removal needs to know, kept in the state; nothing secret. */
  keep(inputs: GateInputs): Record<string, unknown>;
  run(world: World, kept: Readonly<Record<string, unknown>>): Promise<void>;
}

/**
 * Types a gate's parts from its schema and its own functions.
 * @throws TypeError when its evidence would hide a member of the envelope: the chain to the gates before it, for one.
 */
export function defineGate<Inputs extends GateInputs, Facts, Done = undefined>(gate: Gate<Inputs, Facts, Done>): Gate {
  const { body } = gate.evidence;
  const hidden = Object.keys(body instanceof z.ZodObject ? body.shape : {}).filter(
    (key) => key in envelopeSchema.shape,
  );
  if (hidden.length > 0) throw new TypeError(`the evidence of gate ${gate.name} hides ${hidden.join(', ')}`);
  return gate as unknown as Gate;
}

/** The receipt of one of the gates before; the kernel has already checked that it is there and fits. */
export function receiptOf(inputs: GateInputs, gate: string) {
  const receipt = inputs.receipts.find((candidate) => candidate.gate === gate);
  if (receipt === undefined) throw new TypeError(`gate ${gate} must be in needs to read its receipt`);
  return receipt;
}
