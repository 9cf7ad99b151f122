import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../kernel/gate-error.ts';

/** Between two probes that did not hit the candidate, in milliseconds. */
const pauseMs = 100;

/** How the public address answered: `hits` in a row from the revision at the end, `last` what the last miss said. */
export interface Probed {
  readonly hits: number;
  readonly tries: number;
  readonly elapsedMs: number;
  readonly last: string;
}

/** Asks an address, each time on a new connection, until only the wanted revision answers or time is up. */
export async function probePublic(
  url: string,
  revision: string,
  wanted: { readonly header: string; readonly answers: number; readonly seconds: number },
  signal: AbortSignal,
): Promise<Probed> {
  const since = performance.now();
  const until = since + wanted.seconds * 1000;
  let hits = 0;
  let tries = 0;
  let last = 'no answer';
  while (hits < wanted.answers && performance.now() < until) {
    signal.throwIfAborted();
    tries += 1;
    const answered = await answeredBy(url, wanted.header, signal);
    hits = answered === revision ? hits + 1 : 0;
    if (answered === revision) continue;
    last = answered;
    await delay(pauseMs);
  }
  return { hits, tries, elapsedMs: Math.round(performance.now() - since), last };
}

async function answeredBy(url: string, header: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(url, {
      headers: { connection: 'close' },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
    });
    await response.arrayBuffer();
    return response.headers.get(header) ?? `an answer (${response.status}) without header ${header}`;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}
