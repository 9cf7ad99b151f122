import type { ClientBase } from 'pg';
import { isOwned } from './run-owner.ts';

/** How far a run is. */
export interface WorkState {
  readonly waiting: number;
  readonly taken: number;
  readonly done: number;
  readonly failed: number;
  /** What the first piece that failed for good, failed with. */
  readonly error: { readonly number: number; readonly error: string } | undefined;
  /** Whether somebody waits for it. */
  readonly owned: boolean;
}

/** A piece that is done. */
export interface DonePiece {
  readonly number: number;
  readonly payload: unknown;
  readonly result: unknown;
}

const readState = `
select count(*) filter (where state = 'waiting')::int as waiting, count(*) filter (where state = 'taken')::int as taken,
  count(*) filter (where state = 'done')::int as done, count(*) filter (where state = 'failed')::int as failed,
  (select json_build_object('number', f.number, 'error', f.error) from sallyport.work f
    where f.run = $1 and f.state = 'failed' order by f.number limit 1) as error,
  ${isOwned('$1')} as owned
from sallyport.work where run = $1`;
const readDone = `
select number, payload, result from sallyport.work
where run = $1 and state = 'done' and not number = any ($2::int[]) order by number limit 32`;

/** Reads how far a run is. */
export async function workState(client: ClientBase, run: string): Promise<WorkState> {
  const { rows } = await client.query<Omit<WorkState, 'error'> & { error: WorkState['error'] | null }>(readState, [
    run,
  ]);
  const [state] = rows;
  if (state === undefined) throw new Error('the server gave no row of a count');
  return { ...state, error: state.error ?? undefined };
}

/** Some of the pieces that are done and that the caller has not heard of; none when it has heard of all. */
export async function donePieces(
  client: ClientBase,
  run: string,
  heard: ReadonlySet<number>,
): Promise<readonly DonePiece[]> {
  return (await client.query<DonePiece>(readDone, [run, [...heard]])).rows;
}
