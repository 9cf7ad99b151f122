import type { ClientBase } from 'pg';
import { isOwned } from './run-owner.ts';

/** What a run's pieces are made of. */
export interface Filling {
  readonly run: string;
  /** Which task does them. */
  readonly kind: string;
  /** The payload of each, JSON. Called in the filling's transaction, and only for a run that has no pieces yet. */
  readonly pieces: (client: ClientBase) => Promise<readonly unknown[]>;
}

const oneAtATime = `select pg_advisory_xact_lock(hashtextextended('sallyport.work', 0))`;
const isThere = `
select to_regclass('sallyport.work') is not null as work, to_regnamespace('sallyport') is not null as schema`;
const createSchema = 'create schema sallyport';
const create = `
create table sallyport.work (
  run text not null,
  number int not null,
  kind text not null,
  payload jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'taken', 'done', 'failed')),
  attempts int not null default 0,
  worker text,
  taken_at timestamptz,
  result jsonb,
  error text,
  primary key (run, number)
);
create index work_open on sallyport.work (run, number) where state <> 'done'`;
/** A piece that a worker is at, whoever lets it, stays as it is: its row is locked. */
const free = `
update sallyport.work set state = 'waiting', attempts = 0 where (run, number) in (
  select run, number from sallyport.work where run = $1 and state in ('taken', 'failed') for update skip locked)`;
const insert = `
insert into sallyport.work (run, number, kind, payload)
select $1, number, $2, payload::jsonb from unnest($3::text[]) with ordinality as piece (payload, number)`;
const forget = `
delete from sallyport.work where (run, number) in (
  select run, number from sallyport.work w
  where kind = $1 and run <> $2 and not ${isOwned('w.run')} for update skip locked)`;
const remove = `delete from sallyport.work where run = $1`;
const dropEmpty = `
do $$ begin
  if exists (select from sallyport.work) then return; end if;
  drop table sallyport.work;
  if not exists (select from pg_class where relnamespace = 'sallyport'::regnamespace)
    and (select nspowner = current_user::regrole from pg_namespace where nspname = 'sallyport')
  then drop schema sallyport; end if;
end $$`;

/**
 * Lays a run's pieces into the work table, all or none. A run that is there keeps its pieces, and what was left unfinished of
 * it is free again. The caller owns the run (`ownRun`). Gives whether it was new.
 */
export function fillWork(client: ClientBase, { run, kind, pieces }: Filling): Promise<boolean> {
  return within(client, async () => {
    await ensureTable(client);
    const { rowCount } = await client.query('select from sallyport.work where run = $1 limit 1', [run]);
    if (rowCount === 0) {
      const payloads = (await pieces(client)).map((piece) => JSON.stringify(piece));
      await client.query(insert, [run, kind, payloads]);
      return true;
    }
    await client.query(free, [run]);
    return false;
  });
}

/** Takes away what runs of a kind left that nobody owns any more. */
export async function forgetDeadRuns(client: ClientBase, kind: string, but: string): Promise<void> {
  await client.query(forget, [kind, but]);
}

/** Takes a run away, and with the last one the table, and a schema that is ours and has nothing else. */
export function removeRun(client: ClientBase, run: string): Promise<void> {
  return within(client, async () => {
    const { rows } = await client.query<{ work: boolean }>(isThere);
    if (rows[0]?.work !== true) return;
    await client.query(remove, [run]);
    await client.query(dropEmpty);
  });
}

async function within<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query(oneAtATime);
    const done = await work();
    await client.query('commit');
    return done;
  } catch (error) {
    // The error that ended it is the one to tell; a session that is lost cannot be rolled back, and need not be.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function ensureTable(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ work: boolean; schema: boolean }>(isThere);
  if (rows[0]?.work === true) return;
  // Not `if not exists`: that asks for the right to create even where nothing is created.
  if (rows[0]?.schema !== true) await client.query(createSchema);
  await client.query(create);
}
