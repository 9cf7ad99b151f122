import type { ClientBase } from 'pg';

/** A promotion whose gates run in processes of their own. */
export interface Promotion {
  /** Its own, for the life of one engine run. */
  readonly id: string;
  /** As others are told it. */
  readonly name: string;
}

/** Who may promote until when: what holds between two gates that run in processes of their own. Times as PostgreSQL has them. */
export interface Lease {
  readonly holder: string;
  readonly name: string;
  readonly since: string;
  readonly until: string;
}

const take = `
insert into sallyport.lease as l (holder, name, since, until)
values ($1, $2, clock_timestamp(), clock_timestamp() + make_interval(secs => $3))
on conflict (one) do update set holder = excluded.holder, name = excluded.name, until = excluded.until,
  since = case when l.holder = excluded.holder then l.since else excluded.since end
where l.holder = excluded.holder or l.until <= clock_timestamp()
returning holder`;
const readLease = `
select holder, name, since::timestamptz(0)::text as since, until::timestamptz(0)::text as until from sallyport.lease
where until > clock_timestamp()`;
const give = 'delete from sallyport.lease where holder = $1';
const hasTable = `select to_regclass('sallyport.lease') is not null as there`;

/** Takes the lease, or prolongs the promotion's own; one that has run out is nobody's. False when another has it. */
export async function takeLease(client: ClientBase, promotion: Promotion, seconds: number): Promise<boolean> {
  const { rowCount } = await client.query(take, [promotion.id, promotion.name, seconds]);
  return rowCount === 1;
}

/** The lease that is in force; undefined also where no ledger is yet. */
export async function leaseInForce(client: ClientBase): Promise<Lease | undefined> {
  const { rows: tables } = await client.query<{ there: boolean }>(hasTable);
  if (tables[0]?.there !== true) return undefined;
  return (await client.query<Lease>(readLease)).rows[0];
}

/** Gives the lease back, if it is this promotion's. */
export async function giveLease(client: ClientBase, promotion: Promotion): Promise<void> {
  await client.query(give, [promotion.id]);
}
