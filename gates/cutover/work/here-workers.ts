import { hostname } from 'node:os';
import { messageOf } from '../../kernel/gate-error.ts';
import { redact } from '../../kernel/redact.ts';
import type { OpenSide, Tasks } from './task.ts';
import { workThrough } from './work-through.ts';
import type { StartWorkers } from './workers.ts';

/** Workers in this process: sessions, and no more. What ends one here would end its successor, so none is replaced. */
export function hereWorkers(count: number, open: OpenSide, tasks: Tasks): StartWorkers {
  return async (run, say) => {
    const stopped = new AbortController();
    const { signal } = stopped;
    const ended = new Map<number, string>();
    const working = Array.from({ length: count }, async (_, index) => {
      const name = `${hostname()}/${process.pid}/${index + 1}`;
      try {
        await workThrough({ run, name, open, tasks, signal, say: (line) => say(`worker ${index + 1}: ${line}`) });
        ended.set(index, 'found no piece left');
      } catch (error) {
        ended.set(index, redact(messageOf(error)));
      }
    });
    return {
      tend: async () => (ended.size < count ? undefined : [...new Set(ended.values())].join('; ')),
      stop: async () => {
        stopped.abort(new Error('the run is over'));
        await Promise.all(working);
      },
    };
  };
}
