import type { ClientBase } from 'pg';
import { holding, isHeld, letPiece } from './piece-holder.ts';
import { isOwned } from './run-owner.ts';

/** A piece of work that a worker has. */
export interface Piece {
  readonly run: string;
  readonly number: number;
  readonly kind: string;
  readonly payload: unknown;
  readonly worker: string;
  /** Which try this is, from 1. */
  readonly attempts: number;
}

/** Tries of a piece before it fails its run. */
export const mostAttempts = 3;

/**
 * A piece that is taken belongs to whoever holds it: from before the mark is seen, both being one statement, until after it
 * is written what became of it. One that is taken and that nobody holds is of a worker that is gone. A piece that failed
 * waits a second for each try: what is away for a moment may be back.
 */
const mark = `
update sallyport.work set state = 'taken', attempts = attempts + 1, worker = $2, taken_at = clock_timestamp()
where (run, number) = (
  select run, number from sallyport.work w
  where run = $1 and ${isOwned('$1')} and not exists (select from sallyport.work f where f.run = $1 and f.state = 'failed')
    and state <> 'done' and (state = 'waiting' and (attempts = 0 or taken_at < clock_timestamp() - attempts * interval '1 second')
      or state = 'taken' and attempts < ${mostAttempts} and not ${isHeld('w.run', 'w.number')})
  order by number for update skip locked limit 1)
returning run, number, kind, payload, worker, attempts, ${holding('run', 'number')} as held`;
const mine = `run = $1 and number = $2 and worker = $3 and attempts = $4 and state = 'taken'`;
const lock = `select from sallyport.work where ${mine} for update skip locked`;
const finish = `update sallyport.work set state = 'done', result = $5, error = null where ${mine}`;
const fail = `
update sallyport.work set state = case when attempts < ${mostAttempts} then 'waiting' else 'failed' end, error = $5,
  taken_at = clock_timestamp() where ${mine}`;
const giveBack = `update sallyport.work set state = 'waiting', attempts = attempts - 1, worker = null where ${mine}`;
const bury = `
update sallyport.work set state = 'failed', error = format('worker %s was gone at try %s', worker, attempts)
where (run, number) in (
  select run, number from sallyport.work w
  where run = $1 and state = 'taken' and attempts >= ${mostAttempts} and not ${isHeld('w.run', 'w.number')}
  for update skip locked)`;

/**
 * Takes the next piece that is free: waiting, or of a worker that is gone. It opens a transaction in which the piece's
 * row is locked; what the worker writes there commits with `finishWork`, and is gone with the worker when that is killed.
 */
export async function takeWork(client: ClientBase, run: string, worker: string): Promise<Piece | undefined> {
  await client.query(bury, [run]);
  const { rows } = await client.query<Piece>(mark, [run, worker]);
  const [piece] = rows;
  if (piece === undefined) return undefined;
  await client.query('begin');
  const { rowCount } = await client.query(lock, which(piece));
  if (rowCount === 1) return piece;
  await client.query('rollback');
  await letPiece(client, piece);
  return takeWork(client, run, worker);
}

/** Ends a piece's transaction with its result. @throws Error where the piece is this worker's no more. */
export async function finishWork(client: ClientBase, piece: Piece, result: unknown): Promise<void> {
  const { rowCount } = await client.query(finish, [...which(piece), JSON.stringify(result)]);
  if (rowCount !== 1) throw new Error(`piece ${piece.number} of ${piece.run} is not ${piece.worker}'s any more`);
  await client.query('commit');
  await letPiece(client, piece);
}

/** Frees a piece that failed, or fails its run; on a session that holds it, outside of its transaction, which has ended. */
export async function failWork(client: ClientBase, piece: Piece, error: string): Promise<void> {
  await client.query(fail, [...which(piece), error]);
  await letPiece(client, piece);
}

/** Frees a piece that was not tried to its end; on a session as for `failWork`. */
export async function returnWork(client: ClientBase, piece: Piece): Promise<void> {
  await client.query(giveBack, which(piece));
  await letPiece(client, piece);
}

function which({ run, number, worker, attempts }: Piece): readonly unknown[] & unknown[] {
  return [run, number, worker, attempts];
}
