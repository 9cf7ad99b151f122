import type { ClientBase } from 'pg';
import { hasCutoverEvents } from '../../kernel/ledger/cutover-event.ts';
import { readCandidate } from '../candidate.ts';
import { type FlipRun, readFlipRun, runSteps, timeOf } from './flip-journal.ts';

/** That the application left a database, or is about to. */
export interface ApplicationLeft {
  readonly cutover: string;
  readonly state: FlipRun['state'];
  /** `host:port/database` that it was given; undefined before it was given one. */
  readonly to: string | undefined;
  /** When the flip began, or had ended where it has. As PostgreSQL has it. */
  readonly since: string;
}

const readFlips = `
select cutover, max(at)::timestamptz(0)::text as since from sallyport.cutover_event where step = $1 group by cutover order by cutover`;

/**
 * Whether the application of this database was moved to another one, by any cutover whose source it is, and did not come back.
 * Read-only; of a database without a ledger nobody has moved anything.
 */
export async function applicationLeft(client: ClientBase): Promise<ApplicationLeft | undefined> {
  if (!(await hasCutoverEvents(client))) return undefined;
  const { rows } = await client.query<{ cutover: string; since: string }>(readFlips, [runSteps.begun]);
  for (const { cutover, since } of rows) {
    const run = await readFlipRun(client, { id: cutover });
    if (run === undefined) continue;
    const finished = run.done.get(runSteps.finished);
    // Since then it was itself the candidate of another cutover, by which the application came.
    if (run.state === 'flipped' && finished !== undefined && (await servesSince(client, timeOf(finished)))) continue;
    const to = run.done.get('flip: point')?.detail.to;
    return {
      cutover,
      state: run.state,
      to: typeof to === 'string' ? to : undefined,
      since: (finished?.at ?? since).replace(/\.\d+/, ''),
    };
  }
  return undefined;
}

async function servesSince(client: ClientBase, time: number): Promise<boolean> {
  const candidate = await readCandidate(client);
  return candidate?.state === 'serving' && timeOf({ at: candidate.since }) > time;
}
