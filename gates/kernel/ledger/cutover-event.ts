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

const insertEvent = `
insert into sallyport.cutover_event (cutover, step, detail) values ($1, $2, $3)
returning id::int, cutover, step, at::text, detail`;
const readEvents = `
select id::int, cutover, step, at::text, detail from sallyport.cutover_event where cutover = $1 order by id`;
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

/** Every step of a cutover, oldest first. */
export async function cutoverEvents(client: ClientBase, cutover: string): Promise<readonly CutoverEvent[]> {
  return (await client.query<CutoverEvent>(readEvents, [cutover])).rows;
}
