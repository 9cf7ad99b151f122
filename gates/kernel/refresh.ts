import { withDeadline } from './deadline.ts';
import type { Gate, GateInputs } from './gate.ts';
import { messageOf } from './gate-error.ts';
import { progressOf } from './progress.ts';
import { redact } from './redact.ts';
import { openWorld } from './world.ts';

type Properties = Record<string, unknown>;

/** Bound of a look at refresh, in seconds. */
const refreshSeconds = 15;

/** What a gate's state keeps, so that a refresh and a deletion, which are told no inputs, know where to look. */
export function keptFor(gate: Gate, inputs: GateInputs): Properties {
  const { platform, database, stack } = inputs;
  const keep = (own: Properties) => ({ platform, database, stack, own });
  return {
    ...(gate.refresh && { refresh: keep(gate.refresh.keep(inputs)) }),
    ...(gate.remove && { remove: keep(gate.remove.keep(inputs)) }),
  };
}

/**
 * `pulumi refresh`: what has changed in the world is said and put into the state, so that the gate judges again. A world
 * that cannot be read leaves the state as it is: the next preview meets it and blocks.
 */
export async function refreshed(gate: Gate, id: string, state: Properties): Promise<{ id: string; props: Properties }> {
  const kept = state.refresh as (Partial<GateInputs> & { own: Properties }) | undefined;
  if (gate.refresh === undefined || kept === undefined) return { id, props: state };
  const { look } = gate.refresh;
  const say = progressOf(gate.name);
  try {
    const changed = await withDeadline(gate.name, refreshSeconds, async (signal) => {
      const opened = openWorld(gate.name, kept, { signal, attempt: undefined, pending: false });
      try {
        return await look(opened.world, kept.own);
      } finally {
        await opened.close();
      }
    });
    if (changed === undefined) return { id, props: state };
    say(changed);
    return { id, props: { ...state, summary: redact(changed), subject: '' } };
  } catch (error) {
    say(`not looked at: ${redact(messageOf(error))}`);
    return { id, props: state };
  }
}
