import { withDeadline } from './deadline.ts';
import type { Gate, GateInputs } from './gate.ts';
import { nameError } from './name-error.ts';
import { openWorld } from './world.ts';

type Properties = Record<string, unknown>;

/** Bound of a removal, in seconds. */
const removeSeconds = 120;

/**
 * The resource leaves the stack, by a destroy or because the program has it no more: what the gate left in the world goes.
 * @throws GateError where it cannot: the engine then keeps the resource, and the next run tries again.
 */
export async function removeGate(gate: Gate, state: Properties): Promise<void> {
  const kept = state.remove as (Partial<GateInputs> & { own: Properties }) | undefined;
  if (gate.remove === undefined || kept === undefined) return;
  const { run } = gate.remove;
  await withDeadline(gate.name, removeSeconds, async (signal) => {
    const opened = openWorld(gate.name, kept, { signal, attempt: undefined, pending: false });
    try {
      await run(opened.world, kept.own);
    } catch (error) {
      throw nameError(error, gate.name);
    } finally {
      await opened.close();
    }
  });
}
