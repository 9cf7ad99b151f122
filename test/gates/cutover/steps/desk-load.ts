import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Between two requests of a client: it is to be seen who fails, and not what the machine can take. */
const paceMs = 20;

/** What clients of the sample application saw. */
export interface Seen {
  /** References of events that were acknowledged. */
  readonly acknowledged: string[];
  readonly refused: string[];
  readonly reads: number;
  readonly failedReads: string[];
}

/** Reads and writes until it is ended. */
export function deskLoad(api: string, web: string, token: string): { end(): Promise<Seen> } {
  const seen = { acknowledged: [] as string[], refused: [] as string[], reads: 0, failedReads: [] as string[] };
  let over = false;
  const read = async (url: string) => {
    for (; !over; await delay(paceMs)) {
      seen.reads += 1;
      await fetch(url, { headers: { connection: 'close', authorization: `Bearer ${token}` } })
        .then(async (answer) => {
          const text = await answer.text();
          if (!answer.ok) seen.failedReads.push(`${url} ${answer.status} ${text.slice(0, 200)}`);
        })
        .catch((error: Error) => seen.failedReads.push(`${url} ${error.message} ${error.cause}`));
    }
  };
  const write = async () => {
    for (; !over; await delay(paceMs)) {
      const reference = randomUUID();
      await fetch(`${api}/events`, {
        method: 'POST',
        headers: { connection: 'close', 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(eventOf(reference)),
      })
        .then(async (answer) => {
          await answer.text();
          (answer.ok ? seen.acknowledged : seen.refused).push(reference);
        })
        .catch(() => seen.refused.push(reference));
    }
  };
  const all = Promise.all([read(`${api}/events`), read(`${web}/`), write()]);
  return {
    end: async () => {
      over = true;
      await all;
      return seen;
    },
  };
}

/** An event as the desk takes it. */
export function eventOf(reference: string) {
  return {
    reference,
    kind: 'payment',
    subject: 'account-1',
    amountCents: 1200,
    occurredAt: '2026-01-02T03:04:05.000Z',
  };
}
