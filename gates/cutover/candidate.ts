import type { ClientBase } from 'pg';

/**
 * What a candidate says of itself, inside itself: `building` from the first row on, `verified` once everything was proven
 * equal, `refused` when that was disproven, `serving` after the flip. Whatever is killed leaves it at `building`.
 */
export type CandidateState = 'building' | 'verified' | 'refused' | 'serving';

/** The mark of a candidate. */
export interface Candidate {
  readonly cutover: string;
  /** Of one build: a UUID. Another build is another candidate. */
  readonly build: string;
  readonly state: CandidateState;
  /** Digest of the plan that it is built by. */
  readonly plan: string;
  /** Identity of the source: system identifier and database. */
  readonly source: string;
  /** As PostgreSQL has it. */
  readonly since: string;
  /** Root that was verified, or why it was refused. */
  readonly note: string;
}

const create = `
create schema if not exists sallyport;
create table if not exists sallyport.candidate (
  one boolean primary key default true check (one),
  cutover text not null,
  build uuid not null,
  state text not null check (state in ('building', 'verified', 'refused', 'serving')),
  plan text not null,
  source text not null,
  since timestamptz not null default clock_timestamp(),
  note text not null default ''
)`;
const isThere = `select to_regclass('sallyport.candidate') is not null as there`;
const read = `
select cutover, build::text, state, plan, source, since::timestamptz(0)::text as since, note from sallyport.candidate`;
const begin = `
insert into sallyport.candidate (cutover, build, state, plan, source) values ($1, gen_random_uuid(), 'building', $2, $3)
on conflict (one) do update set cutover = excluded.cutover, build = excluded.build, state = 'building',
  plan = excluded.plan, source = excluded.source, since = clock_timestamp(), note = ''
returning build::text`;
const set = `
update sallyport.candidate set state = $2, note = $3, since = clock_timestamp() where build = $1 returning state`;

/** The mark in a database; undefined where it is no candidate. */
export async function readCandidate(client: ClientBase): Promise<Candidate | undefined> {
  const { rows } = await client.query<{ there: boolean }>(isThere);
  if (rows[0]?.there !== true) return undefined;
  return (await client.query<Candidate>(read)).rows[0];
}

/** Marks a database as a candidate that is being built, before anything else is put into it; gives the build's id. */
export async function markBuilding(
  client: ClientBase,
  { cutover, plan, source }: Pick<Candidate, 'cutover' | 'plan' | 'source'>,
): Promise<string> {
  await client.query(create);
  const { rows } = await client.query<{ build: string }>(begin, [cutover, plan, source]);
  const [made] = rows;
  if (made === undefined) throw new Error('the mark of a candidate was not taken; needed its row');
  return made.build;
}

/** Moves a build's mark. @throws Error when the candidate is of another build by now. */
export async function markCandidate(
  client: ClientBase,
  build: string,
  state: Exclude<CandidateState, 'building'>,
  note: string,
): Promise<void> {
  const { rowCount } = await client.query(set, [build, state, note]);
  if (rowCount !== 1)
    throw new Error(`the candidate is not of build ${build} any more; needed the one that was verified`);
}
