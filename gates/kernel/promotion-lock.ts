import type { Client, ClientBase } from 'pg';
import { gateError } from './gate-error.ts';
import { leaseInForce } from './ledger/lease.ts';

/** Whoever holds this advisory lock may change what the database's application serves. One key a database. */
const lockKey = `hashtextextended('sallyport.promotion', 0)`;
const tryLock = `select pg_try_advisory_lock(${lockKey}) as taken`;
const holder = `
select a.application_name as name, a.backend_start::timestamptz(0)::text as since, host(a.client_addr) as address
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
  and ((l.classid::bigint << 32) | l.objid::bigint) = ${lockKey}`;

/** Sessions of this process that hold the lock, by database: one promotion is one engine run is one provider process. */
const held = new Map<string, Client>();

/**
 * Takes the promotion lock for this process and keeps it until the process ends, so that no other promotion comes in
 * between two gates. The server lets go of it when the process dies, however it dies.
 * @throws GateError PROMOTION_IN_PROGRESS, naming who holds it and since when.
 */
export async function takePromotionLock(key: string, open: () => Promise<Client>): Promise<void> {
  const mine = held.get(key);
  if (mine !== undefined) {
    if (await isAlive(mine)) return;
    held.delete(key);
  }
  const client = await open();
  const { rows } = await client.query<{ taken: boolean }>(tryLock);
  if (rows[0]?.taken === true) {
    held.set(key, client);
    return;
  }
  const other = await holderOf(client);
  await client.end();
  throw gateError('PROMOTION_IN_PROGRESS', 'promotion lock', other, 'the lock to be free');
}

/** Lets go of every lock of this process: for a process that goes on after its promotion. */
export async function releasePromotionLocks(): Promise<void> {
  const clients = [...held.values()];
  held.clear();
  await Promise.all(clients.map((client) => client.end()));
}

/** Who holds the lock now, or has the lease between two gates, if anybody: a look that takes nothing. */
export async function promotionHolder(client: ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string; since: string; address: string | null }>(holder);
  const other = rows[0];
  if (other !== undefined) return `"${other.name}" from ${other.address ?? 'the same machine'} since ${other.since}`;
  const lease = await leaseInForce(client);
  return lease && `"${lease.name}", by a lease since ${lease.since} until ${lease.until}`;
}

async function holderOf(client: ClientBase): Promise<string> {
  const other = await promotionHolder(client);
  return other === undefined ? 'a holder that has just let go' : `it held by ${other}`;
}

async function isAlive(client: Client): Promise<boolean> {
  try {
    await client.query('select 1');
    return true;
  } catch {
    return false; // the session is gone and the lock with it: it must be taken anew
  }
}
