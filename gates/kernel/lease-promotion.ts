import type { ClientBase } from 'pg';
import type { Gate, GateInputs } from './gate.ts';
import { GateError, messageOf } from './gate-error.ts';
import { giveLease, leaseInForce, type Promotion, takeLease } from './ledger/lease.ts';
import { blocker } from './verdict.ts';
import { openWorld } from './world.ts';

/**
 * How long a promotion may take between two of its gates, in seconds: an environment, an image, a new revision. An engine
 * that is killed between them keeps others out for as long.
 */
const betweenGates = 900;

let promotion: Promotion | undefined;

/** In a process that runs one gate of a promotion: whose lease it prolongs. */
export function actFor(whose: Promotion | undefined): void {
  promotion = whose;
}

/**
 * Keeps other promotions out of the way between the gates. The advisory lock of this process is held already, so that
 * nobody else is here; a gate in a process of its own takes the lease for as long as it may run and a while after, and
 * any other sees that nobody has it.
 * @throws GateError PROMOTION_IN_PROGRESS, naming who has it, since when and until when.
 */
export async function leasePromotion(client: ClientBase, gateSeconds: number): Promise<void> {
  const mine = promotion !== undefined && (await takeLease(client, promotion, gateSeconds + betweenGates));
  if (mine) return;
  const other = await leaseInForce(client);
  if (other === undefined && promotion === undefined) return;
  const found = other
    ? `a lease of "${other.name}" since ${other.since}, until ${other.until}`
    : 'a lease that has just ended';
  const recovery =
    other &&
    `Wait for that promotion to end. If it is dead, its lease ends by itself at ${other.until}; then run \`pulumi up\` again.`;
  throw new GateError([blocker('PROMOTION_IN_PROGRESS', 'promotion lease', found, 'no lease of another', recovery)]);
}

/** After a gate: the promotion goes on, and its lease with it; or it is over, for good or ill. */
export async function settleLease(gate: Gate, inputs: GateInputs, passed: boolean): Promise<void> {
  if (promotion === undefined) return;
  const context = { signal: AbortSignal.timeout(30_000), attempt: undefined, pending: true };
  const opened = openWorld(gate.name, inputs, context);
  try {
    const client = await opened.world.database();
    if (passed && gate.last !== true) await takeLease(client, promotion, betweenGates);
    else await giveLease(client, promotion);
  } catch (error) {
    // It ends by itself; until then others are kept out, which is the safe side.
    opened.world.say(`the promotion's lease stays until it runs out: ${messageOf(error)}`);
  } finally {
    await opened.close();
  }
}
