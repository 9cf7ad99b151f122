import type { ClientBase } from 'pg';

/** A step of a cutover that changed something, as it was done: what the next run, and the way back, stand on. */
export interface CutoverEvent {
  readonly id: number;
  readonly cutover: string;
  readonly step: string;
  /** As PostgreSQL has it. */
  readonly at: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Step with the keys that are still to be compared: up to a million of them, so it is given only to who names it. */
export const comparedAhead = 'compared ahead';

const columns = 'id::int, cutover, step, at::text, detail';
const insertEvent = `
insert into sallyport.cutover_event (cutover, step, detail) values ($1, $2, $3)
returning ${columns}`;
const readEvents = `
select ${columns} from sallyport.cutover_event
where cutover = $1 and case when $2::text[] is null then step <> $3 else step = any ($2) end order by id`;
const readLast = `
select ${columns} from sallyport.cutover_event
where cutover = $1 and step = $2 and detail @> $3::jsonb order by id desc limit 1`;
const isThere = `select to_regclass('sallyport.cutover_event') is not null as there`;

/** Puts a step on record. */
export async function recordEvent(
  client: ClientBase,
  cutover: string,
  step: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<CutoverEvent> {
  const { rows } = await client.query<CutoverEvent>(insertEvent, [cutover, step, JSON.stringify(detail)]);
  const [written] = rows;
  if (written === undefined) throw new Error('the ledger took no event; needed its row');
  return written;
}

/** Whether the ledger has events of cutovers: of a database without one, nobody has moved or frozen anything. */
export async function hasCutoverEvents(client: ClientBase): Promise<boolean> {
  return (await client.query<{ there: boolean }>(isThere)).rows[0]?.there === true;
}

/**
 * The steps of a cutover, oldest first: those that are named, or all but {@link comparedAhead}. Journals are read while writes are
 * frozen, which must not take longer by the tries that were made before.
 */
export async function cutoverEvents(
  client: ClientBase,
  cutover: string,
  steps?: readonly string[],
): Promise<readonly CutoverEvent[]> {
  return (await client.query<CutoverEvent>(readEvents, [cutover, steps ?? null, comparedAhead])).rows;
}

/** The last event of a step whose detail has all of `detail`; undefined where there is none. */
export async function lastCutoverEvent(
  client: ClientBase,
  cutover: string,
  step: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<CutoverEvent | undefined> {
  return (await client.query<CutoverEvent>(readLast, [cutover, step, JSON.stringify(detail)])).rows[0];
}
