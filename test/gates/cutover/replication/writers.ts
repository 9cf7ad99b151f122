import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

/** What writes to a source all the time, from several sessions. */
export interface Writers {
  /** Transactions that were committed so far. */
  committed(): number;
  /** Ends them, each after its transaction; fails where a write was refused. */
  stop(): Promise<number>;
}

/** One of these at a time, with a number that hardly comes twice; some in a transaction, some of those taken back. */
const changes: readonly ((n: number) => string)[] = [
  (n) => `insert into plain (body, doc) values ('w${n}', '{"n": ${n}}')`,
  (n) => `update plain set body = body || '.', mood = 'd''or' where id = ${n % 20_000}`,
  (n) => `delete from plain where id = ${(n * 7) % 20_000}`,
  (n) => `insert into composite values (${n % 7}, 'w${n}', ${n}) on conflict do nothing`,
  (n) => `update composite set code = code || 'x', v = v + 1 where tenant = ${n % 7} and code = 'c${n % 3000}'`,
  (n) => `insert into no_key values (${n % 50}, 'n${n % 20}')`,
  (n) => `delete from no_key where ctid = (select ctid from no_key where a = ${n % 50} limit 1)`,
  (n) => `update no_key set b = b || '!' where ctid = (select ctid from no_key where a = ${n % 50} limit 1)`,
  (n) => `update by_index set b = 'b${n}' where a = ${n % 300}`,
  (n) => `update toasted set small = ${n} where id = ${n % 30}`,
  (n) => `update toasted set big = repeat(md5('${n}'), 400) where id = ${n % 30}`,
  () => 'insert into no_columns default values',
  (n) => `insert into other."Odd ""Name" ("select") values ('w${n}')`,
  (n) => `update parts set at = at + 40 where id = ${n % 1000} and at < '2025-05-01'`,
  (n) => `update parts set v = 'v${n}' where id = ${n % 1000}`,
  (n) => `update parent_of set v = ${n} where id in (${n % 100}, ${1000 + (n % 100)})`,
  (n) => `update gone set z = 'w${n}' where id = ${n % 100}`,
  (n) => `update composite set v = v + 1 where tenant = ${n % 7} and v % 10 = ${n % 10}`,
];

/** Between two transactions of one session: one worker applies what all of them write, on the same machine. */
const restMs = 8;

/** Starts the writers. */
export async function startWriters(url: string, sessions = 3): Promise<Writers> {
  const clients = await Promise.all(
    Array.from({ length: sessions }, async () => {
      const client = new Client({ connectionString: url, application_name: 'writer' });
      await client.connect();
      return client;
    }),
  );
  let [committed, stopped, n] = [0, false, 1];
  const write = async (client: Client) => {
    const next = () => {
      n += 1 + (n % 5);
      return changes[n % changes.length]?.(n * 31) ?? '';
    };
    try {
      while (!stopped) {
        if (n % 4 === 0) {
          await client.query('begin');
          for (let i = 0; i < 5; i += 1) await client.query(next()).catch(onlyDeadlock);
          await client.query(n % 3 === 0 ? 'rollback' : 'commit');
        } else await client.query(next()).catch(onlyDeadlock);
        committed += 1;
        await pause(restMs);
      }
    } finally {
      await client.end();
    }
  };
  const all = Promise.all(clients.map(write));
  all.catch(() => undefined); // told by stop
  return {
    committed: () => committed,
    stop: async () => {
      stopped = true;
      await all;
      return committed;
    },
  };
}

/** Two writers may lock each other out; that is theirs. The rest of such a transaction is refused, and taken back. */
function onlyDeadlock(error: unknown): void {
  const { code } = error as { code?: string };
  if (code !== '40P01' && code !== '25P02') throw error;
}
