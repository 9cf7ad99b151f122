import type { Client } from 'pg';
import type { Plan } from '../cutover/plan.ts';
import { openSession, type SessionBounds } from '../cutover/sides.ts';

/** Both sides of a cutover. */
export interface Sides {
  readonly source: Client;
  readonly target: Client;
}

/** A server whose client is gone ends its statement where it can look for that (14 and later). */
const endWithUs = `do $$ begin
  perform set_config('client_connection_check_interval', '2s', false);
exception when undefined_object or invalid_parameter_value then null; end $$`;

/** Works with a session to each side; both end with the work, and at once when the signal fires. */
export async function withSides<T>(
  plan: Pick<Plan, 'id' | 'source' | 'target'>,
  bounds: { readonly source?: SessionBounds; readonly target?: SessionBounds },
  signal: AbortSignal,
  work: (sides: Sides) => Promise<T>,
): Promise<T> {
  const opened: Client[] = [];
  // Ending a session that is in a statement closes its socket; who works with it hears of the signal, or of that.
  const end = () => {
    for (const client of opened) client.end().catch(() => undefined);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const source = await openSession(plan, 'source', bounds.source);
    opened.push(source);
    const target = await openSession(plan, 'target', bounds.target);
    opened.push(target);
    for (const client of opened) await client.query(endWithUs);
    signal.throwIfAborted();
    return await work({ source, target });
  } finally {
    signal.removeEventListener('abort', end);
    await Promise.all(opened.map((client) => client.end()));
  }
}
