import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { reasonOf } from '../service/database.ts';
import { takeEvents } from './take-events.ts';

/** A loop over new events that can be asked how it is and told to end. */
export interface Worker {
  /** Why the last pass failed, or undefined when it did not. */
  trouble(): string | undefined;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
}

/** Takes new events, batch after batch; when there are none, or the database is away, it waits and looks again. */
export function startWorker(database: Pool, pollMilliseconds: number): Worker {
  const ending = new AbortController();
  let trouble: string | undefined;
  const loop = run();
  return {
    trouble: () => trouble,
    stop: () => {
      ending.abort();
      return loop;
    },
  };

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      const taken = await pass();
      if (taken === 0) await delay(pollMilliseconds, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  async function pass(): Promise<number> {
    try {
      const taken = await takeEvents(database);
      if (taken > 0) console.log(`worker: ${taken} event(s) scored`);
      trouble = undefined;
      return taken;
    } catch (error) {
      trouble = `events: ${reasonOf(error)}`;
      console.error(`worker: could not take events: ${reasonOf(error)} ${(error as Error).message}`);
      return 0;
    }
  }
}
