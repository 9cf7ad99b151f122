import type { ExecutionLogs } from '../../infra/container-apps/container-apps.ts';
import { onLoopback } from '../../infra/container-apps/loopback.ts';
import type { Platform } from '../../infra/platform.ts';
import { messageOf } from '../kernel/gate-error.ts';

const logTail = 200;
/** Between two looks for a stream, in milliseconds: 4 calls of ARM a minute. */
const streamMs = { near: 300, far: 30_000 };

/**
 * Follows an execution by `work`, and gives its log as well as it can be had: from where the platform keeps it, or, where
 * that has not come in yet, as it was heard while the execution ran. In the cloud a replica takes its log stream with it.
 */
export async function withLogs<T>(
  { apps, address }: Platform,
  job: string,
  name: string,
  work: () => Promise<T>,
  everyMs = onLoopback(address) ? streamMs.near : streamMs.far,
): Promise<{ readonly result: T; readonly logs: ExecutionLogs }> {
  const watch = address.kind === 'local' ? undefined : apps.watchLogs(job, name, logTail, everyMs);
  try {
    const result = await work();
    const kept = await apps
      .executionLogs(job, name, logTail)
      .catch((error: unknown) => ({ lines: [], source: 'none' as const, note: messageOf(error) }));
    const heard = watch?.heard();
    if (heard === undefined || kept.source === 'log-stream' || heard.lines.length <= kept.lines.length) {
      return { result, logs: kept };
    }
    return { result, logs: { ...heard, note: [heard.note, kept.note].filter(Boolean).join('; ') } };
  } finally {
    watch?.close();
  }
}
