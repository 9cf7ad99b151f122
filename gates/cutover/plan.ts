import { z } from 'zod';
import { digestOf } from '../kernel/digest.ts';
import { gateInputs } from '../kernel/gate.ts';
import type { Release } from '../kernel/release.ts';
import { verifySettings } from '../verify/settings.ts';

const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable');
/** Also that of a principal of Microsoft Entra, which has dots and an @ in it. */
const role = z.string().regex(/^[A-Za-z0-9_](?:[A-Za-z0-9_.@# -]{0,61}[A-Za-z0-9_-])?$/, 'the name of a database role');

/** One side of a cutover: which variables have its URLs, and the address in them, without role and password. */
const sideSchema = z.strictObject({
  direct: variable,
  /** What the application is given, where that is a pooler before the same database. */
  pooled: variable.optional(),
  /** `host:port/database`, so that another address is another plan. */
  at: z.string(),
});

/** How rows are carried over, and what that may cost the source. */
export const backfillSettings = z.strictObject({
  workers: z.number().int().min(1).max(32).default(2).describe('connections to each side that carry rows'),
  processes: z
    .number()
    .int()
    .min(0)
    .max(32)
    .default(0)
    .describe('with copy: processes that carry rows, in the place of connections of one process'),
  statementSeconds: z
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(3600)
    .describe('bound of one statement on the source; not of the copy of a table that PostgreSQL makes with replicate'),
  maxLagMegabytes: z
    .number()
    .int()
    .min(1)
    .default(1024)
    .describe('WAL that the source may have to keep back for us; beyond it the backfill pauses'),
  minutes: z
    .number()
    .int()
    .min(1)
    .max(10_080)
    .default(720)
    .describe('bound of the whole backfill, catching up included'),
});

/** How writes are stopped. */
export const freezeSettings = z.strictObject({
  roles: z.array(role).min(1).default(['app']).describe('roles that write: those of the application'),
  graceSeconds: z
    .number()
    .int()
    .min(0)
    .max(600)
    .default(5)
    .describe('for transactions that are open, before they are ended'),
  drainSeconds: z.number().int().min(1).max(3600).default(60).describe('bound for the target to have caught up'),
});

/** What a rehearsal of the way back must have shown. */
export const rehearsalSettings = z.strictObject({
  hours: z.number().int().min(1).max(720).default(72).describe('how old the rehearsal may be'),
  minutes: z.number().int().min(1).max(60).default(15).describe('how long the way back may have taken'),
});

/**
 * What a cutover does, whole: it goes into every gate's subject, so that a change of it after a verdict voids that verdict.
 * Nothing secret: URLs are in the environment.
 */
export const planSchema = z.strictObject({
  /** Names what it leaves in the databases: `sallyport_<id>`. */
  id: z.string().regex(/^[a-z][a-z0-9_]{0,30}$/, 'lower-case letters, digits and _, at most 31'),
  strategy: z.enum(['replicate', 'copy']),
  source: sideSchema,
  target: sideSchema,
  verify: verifySettings,
  invariants: z.array(z.strictObject({ file: z.string(), sql: z.string() })).readonly(),
  backfill: backfillSettings,
  freeze: freezeSettings,
  /** Whether rows written after the flip are carried back to the source, so that going back loses nothing. */
  reverse: z.boolean(),
  rehearsal: rehearsalSettings,
  /** The role that approves, as it is called on the source's server. */
  reviewer: role,
});

export type Plan = z.infer<typeof planSchema>;

/** The job of the platform whose executions work for a cutover, and how many workers they are in all. */
export const workerJobSchema = z.strictObject({ name: z.string(), workers: z.number().int().positive() });

export type WorkerJob = z.infer<typeof workerJobSchema>;

/**
 * Inputs of every gate of a cutover. The job is beside the plan: who works, and how many, changes nothing of what is
 * proven, so no verdict and no approval goes with it.
 */
export const cutoverInputs = gateInputs.extend({ plan: planSchema, job: workerJobSchema.optional() });

export type CutoverInputs = z.infer<typeof cutoverInputs>;

/** What a reviewer approves beside the root: mapping, checks, migrations, sides, strategy. */
export function planDigest(plan: Plan, release: Release): string {
  return digestOf({ plan, migrations: release.migrations });
}

/** What a rehearsal on another pair of databases shares with this cutover: all of the plan but where it is carried out. */
export function shapeDigest(plan: Plan, release: Release): string {
  const { id, source, target, reviewer, ...shape } = plan;
  return digestOf({ shape, migrations: release.migrations });
}

/** Names of what a cutover makes in the databases. */
export function namesOf({ id }: Pick<Plan, 'id'>) {
  const name = `sallyport_${id}`;
  return {
    /** On the source. */
    publication: name,
    /** On the source; the subscription's. */
    slot: name,
    /** On the source: the keys touched since the full verification are read from it. */
    feed: `${name}_touched`,
    /** On the target. */
    subscription: name,
    /** Of the way back: publication and slot on the target, subscription on the source. */
    back: `${name}_back`,
  };
}
