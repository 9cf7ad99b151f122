import { randomUUID } from 'node:crypto';
import { readSecret } from '../../infra/local/secrets.ts';
import type { PromotionProject } from './promotion-project.ts';

/** What users of the desk saw while something was done to it. */
export interface DeskLoad {
  /** References of the events that the desk said it took. */
  readonly acknowledged: readonly string[];
  /** References of events whose submission was refused or broken: they may be there, or not. */
  readonly refused: readonly string[];
  /** Reads that were not answered with 200. */
  readonly failedReads: readonly string[];
  readonly reads: number;
  /** The longest that anyone waited from one acknowledged write to the next; milliseconds. */
  readonly longestUnacknowledgedMs: number;
}

const writers = 3;
const readers = 2;

/**
 * Submits events and reads `path` at the public address, each on connections of its own and one after the other, until
 * it is stopped. Every acknowledgement is kept: it is what must never be lost. `given` is the desk's token, where it is not among
 * the secrets of a local environment.
 */
export async function loadDesk(
  project: PromotionProject,
  path = '/overview',
  given?: string,
): Promise<{ stop(): Promise<DeskLoad> }> {
  const { apps } = await project.platform();
  const address = (await apps.getApp('api'))?.address;
  const token = given ?? (await readSecret(project.directory, 'api-token'));
  const acknowledged: string[] = [];
  const refused: string[] = [];
  const failedReads: string[] = [];
  let reads = 0;
  let longestUnacknowledgedMs = 0;
  let stopped = false;
  const write = async () => {
    let acknowledgedAt = performance.now();
    while (!stopped) {
      const reference = randomUUID();
      const body = JSON.stringify({
        reference,
        kind: 'payment',
        subject: 'account-1',
        occurredAt: '2025-03-01T10:00:00Z',
      });
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const status = await fetch(`${address}/events`, { method: 'POST', headers, body })
        .then(async (answer) => {
          await answer.text();
          return answer.status;
        })
        .catch(() => 0);
      const taken = status === 201 || status === 200;
      (taken ? acknowledged : refused).push(reference);
      if (!taken) continue;
      const now = performance.now();
      longestUnacknowledgedMs = Math.max(longestUnacknowledgedMs, now - acknowledgedAt);
      acknowledgedAt = now;
    }
  };
  const read = async () => {
    while (!stopped) {
      const said = await fetch(`${address}${path}`)
        .then(async (answer) => (answer.status === 200 ? '' : `${answer.status} ${await answer.text()}`))
        .catch((error: Error) => `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`);
      reads += 1;
      if (said !== '') failedReads.push(said);
    }
  };
  const all = [...Array.from({ length: writers }, write), ...Array.from({ length: readers }, read)];
  return {
    stop: async () => {
      stopped = true;
      await Promise.all(all);
      return { acknowledged, refused, failedReads, reads, longestUnacknowledgedMs };
    },
  };
}
