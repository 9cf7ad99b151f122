import type { ClientBase } from 'pg';

/** Forward promotion is on hold since a rollback, until somebody lets it go. */
export interface Hold {
  readonly sha: string;
  readonly placedAt: string;
}

const readHold = `
select sha, placed_at::text as "placedAt" from sallyport.hold where released_at is null order by id desc limit 1`;
const insertHold = `
insert into sallyport.hold (sha) select $1 where not exists (select from sallyport.hold where released_at is null)`;
const endHold = `
update sallyport.hold set released_at = clock_timestamp(), released_by = $1, reason = $2
where released_at is null returning sha, placed_at::text as "placedAt"`;

/** The hold in force, if there is one. */
export async function currentHold(client: ClientBase): Promise<Hold | undefined> {
  const { rows } = await client.query<Hold>(readHold);
  return rows[0];
}

/** Puts forward promotion on hold after a rollback to `sha`; one hold at a time. */
export async function placeHold(client: ClientBase, sha: string): Promise<void> {
  await client.query(insertHold, [sha]);
}

/** Lets go of the hold, on record with who and why; undefined when there was none. */
export async function releaseHold(client: ClientBase, by: string, reason: string): Promise<Hold | undefined> {
  const { rows } = await client.query<Hold>(endHold, [by, reason]);
  return rows[0];
}
