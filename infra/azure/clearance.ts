import { z } from 'zod';
import { databaseAddressSchema, platformAddressSchema } from '../../gates/kernel/addresses.ts';
import { withDeadline } from '../../gates/kernel/deadline.ts';
import { digestOf } from '../../gates/kernel/digest.ts';
import { findingsOf, GateError, gateError } from '../../gates/kernel/gate-error.ts';
import { knownReceipts } from '../../gates/kernel/ledger/attempt.ts';
import { lockPromotion } from '../../gates/kernel/lock-promotion.ts';
import { nameError } from '../../gates/kernel/name-error.ts';
import type { ResourceProvider } from '../../gates/kernel/provider.ts';
import { receiptProblems, receiptSchema } from '../../gates/kernel/receipt.ts';
import { redact } from '../../gates/kernel/redact.ts';
import { releaseDigest, releaseSchema } from '../../gates/kernel/release.ts';
import { reply } from '../../gates/kernel/reply.ts';
import { staleReceipts } from '../../gates/kernel/stale-receipts.ts';
import { hasUnknown } from '../../gates/kernel/unknown.ts';
import { blocker, findingLine } from '../../gates/kernel/verdict.ts';
import { openWorld, type World } from '../../gates/kernel/world.ts';

/** The inputs that every clearance has. */
export const clearanceInputs = z.object({
  release: releaseSchema,
  platform: platformAddressSchema,
  database: databaseAddressSchema,
  stack: z.string(),
  receipts: z.array(receiptSchema),
});

export type ClearanceInputs = z.infer<typeof clearanceInputs>;

type Properties = Record<string, unknown>;

/**
 * What stands between the gates and a declared resource, which cannot check receipts itself: it takes what it is made of
 * from a clearance's output, and there is no output without the receipts of exactly this release.
 */
export interface Clearance<Inputs extends ClearanceInputs, Seen extends Properties> {
  readonly name: string;
  readonly inputs: z.ZodType<Inputs>;
  /** The gates whose receipts are demanded. */
  readonly needs: readonly string[];
  /** What of the world decides about the outputs, as JSON. Read-only and quick. */
  look(world: World, inputs: Inputs): Promise<Seen>;
  /** The outputs. Pure. */
  clear(inputs: Inputs, seen: Seen): Properties;
  /** What the platform needs before it takes the outputs. Idempotent. */
  prepare?(world: World, inputs: Inputs, seen: Seen): Promise<void>;
}

const checkSeconds = 15;
const prepareSeconds = 120;

/**
 * The provider of a clearance. What it saw goes into its inputs as `seen`: when an accepted release changes what has to be
 * declared, the next `up` finds an input changed and declares it, and after that nothing.
 */
export function clearanceProvider<Inputs extends ClearanceInputs, Seen extends Properties>(
  clearance: Clearance<Inputs, Seen>,
): ResourceProvider {
  const declare = (news: Properties) =>
    within(clearance, news, prepareSeconds, async (world, inputs) => {
      await lockPromotion(inputs, world.platform);
      const seen = await lookAround(clearance, world, inputs);
      if (news.seen === undefined || digestOf(seen) !== digestOf(news.seen)) {
        const found = 'another accepted release than a moment ago';
        throw gateError('RECEIPT_STALE', clearance.name, found, 'the one that this update began with');
      }
      await clearance.prepare?.(world, inputs, seen);
      const cleared = clearance.clear(inputs, seen);
      return reply({ ...cleared, declared: digestOf(cleared) });
    });
  return {
    check: async (_olds, news) => {
      const { seen: _past, ...asked } = news;
      if (hasUnknown(asked)) return { inputs: asked, failures: [] };
      try {
        return await within(clearance, asked, checkSeconds, async (world, inputs) => {
          const seen = reply(await lookAround(clearance, world, inputs));
          clearance.clear(inputs, seen);
          return { inputs: { ...asked, seen }, failures: [] };
        });
      } catch (error) {
        const findings = findingsOf(nameError(error, clearance.name), clearance.name);
        return {
          inputs: asked,
          failures: findings.map((each) => ({ property: '', reason: redact(findingLine(each)) })),
        };
      }
    },
    diff: async (_id, olds, news) => {
      if (hasUnknown(news) || news.seen === undefined) return { changes: true };
      const cleared = clearance.clear(clearance.inputs.parse(news), news.seen as Seen);
      return { changes: olds.declared !== digestOf(cleared) };
    },
    create: async (news) => ({ id: clearance.name, outs: await declare(news) }),
    update: async (_id, _olds, news) => ({ outs: await declare(news) }),
  };
}

/** Receipts are demanded wherever inputs are taken: an engine that skipped `check` must not get past it. */
async function within<Inputs extends ClearanceInputs, Seen extends Properties, T>(
  clearance: Clearance<Inputs, Seen>,
  news: Properties,
  seconds: number,
  work: (world: World, inputs: Inputs) => Promise<T>,
): Promise<T> {
  const parsed = clearance.inputs.safeParse(news);
  if (!parsed.success) {
    const found = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw gateError('INPUTS_INVALID', clearance.name, found, 'inputs that fit the clearance');
  }
  const inputs = parsed.data;
  const problems = receiptProblems(clearance.needs, inputs.receipts, releaseDigest(inputs.release));
  if (problems.length > 0) throw new GateError(problems);
  return withDeadline(clearance.name, seconds, async (signal) => {
    const opened = openWorld(clearance.name, inputs, { signal, attempt: undefined, pending: false });
    try {
      return await work(opened.world, inputs);
    } catch (error) {
      throw nameError(error, clearance.name);
    } finally {
      await opened.close();
    }
  });
}

/** A ledger that is not there or cannot be read is an error: receipts say that there was one. */
async function lookAround<Inputs extends ClearanceInputs, Seen extends Properties>(
  clearance: Clearance<Inputs, Seen>,
  world: World,
  inputs: Inputs,
): Promise<Seen> {
  const client = await world.database();
  const needed = inputs.receipts.filter((receipt) => clearance.needs.includes(receipt.gate));
  const known = await knownReceipts(
    client,
    needed.map((receipt) => receipt.digest),
  );
  const unknown = needed.filter((receipt) => !known.has(receipt.digest));
  const made = unknown.map(({ gate }) =>
    blocker('RECEIPT_UNKNOWN', gate, 'a receipt that the ledger does not know', 'one of an attempt that passed'),
  );
  if (made.length > 0) throw new GateError(made);
  const stale = await staleReceipts(client, inputs);
  if (stale.length > 0) throw new GateError(stale);
  return clearance.look(world, inputs);
}
