import type { TokenCredential } from '@azure/core-auth';
import type { ContainerApps, ExecutionLogs } from './container-apps.ts';
import type { ContainerAppsContext } from './container-apps-client.ts';
import { queryLogs } from './log-analytics.ts';
import { followStream, logStreams, readStream } from './log-stream.ts';

/**
 * Logs of an execution. They are a hint: what cannot be read is said in the note and never thrown. The log stream knows
 * everything at once, as long as the replica is there; Log Analytics keeps it, and gets it late.
 */
export function logOperations(
  context: ContainerAppsContext,
  credential: TokenCredential,
): Pick<ContainerApps, 'executionLogs' | 'watchLogs'> {
  return {
    executionLogs: async (job, execution, tail) => {
      const stream = await fromStream(context, job, execution, tail);
      if (stream.lines.length > 0) return stream;
      const kept = await fromAnalytics(context, credential, { job, execution, tail });
      if (kept === undefined) return stream;
      return { ...kept, note: [stream.note, kept.note].filter(Boolean).join('; ') };
    },
    watchLogs: (job, execution, tail, everyMs) => watch(context, { job, execution, tail, everyMs }),
  };
}

async function fromStream(
  context: ContainerAppsContext,
  job: string,
  execution: string,
  tail: number,
): Promise<ExecutionLogs> {
  try {
    const streams = await logStreams(context, job, execution);
    if (streams === undefined) return none('the execution has no replica any more, and its log stream went with it');
    const lines: string[] = [];
    for (const endpoint of streams.endpoints) lines.push(...(await readStream(context, endpoint, streams.token, tail)));
    const note = lines.length === 0 ? 'the log stream is empty' : undefined;
    return { lines: lines.slice(-tail), source: 'log-stream', ...(note !== undefined && { note }) };
  } catch (error) {
    return none(`the log stream could not be read: ${(error as Error).message}`);
  }
}

async function fromAnalytics(
  { address }: ContainerAppsContext,
  credential: TokenCredential,
  of: { readonly job: string; readonly execution: string; readonly tail: number },
): Promise<ExecutionLogs | undefined> {
  try {
    return await queryLogs(address, credential, of);
  } catch (error) {
    return none(`Log Analytics could not be read: ${(error as Error).message}`);
  }
}

interface Watched {
  readonly job: string;
  readonly execution: string;
  readonly tail: number;
  readonly everyMs: number;
}

/** Listens to the streams while the execution runs: after its end there may be nobody left to ask. */
function watch(context: ContainerAppsContext, of: Watched) {
  const { job, execution, tail, everyMs } = of;
  const over = new AbortController();
  let lines: string[] = [];
  let trouble: string | undefined;
  const listen = async () => {
    const streams = await logStreams(context, job, execution);
    if (streams === undefined) return;
    trouble = undefined;
    const { endpoints, token } = streams;
    let first = true; // a stream begins with its last lines: those that were heard before come again
    const hear = (line: string) => {
      lines = first ? [line] : [...lines.slice(1 - tail), line];
      first = false;
    };
    await Promise.all(endpoints.map((endpoint) => followStream(context, { endpoint, token, tail }, over.signal, hear)));
  };
  const again = () => {
    if (over.signal.aborted) return;
    listen()
      .catch((error: unknown) => {
        if (!over.signal.aborted) trouble = (error as Error).message;
      })
      .finally(() => setTimeout(again, everyMs).unref());
  };
  again();
  return {
    heard: (): ExecutionLogs => {
      if (lines.length === 0) return none(trouble ?? 'nothing was heard of the log stream');
      return { lines, source: 'log-stream', note: 'as far as it was heard while the execution ran' };
    },
    close: () => over.abort(),
  };
}

function none(note: string): ExecutionLogs {
  return { lines: [], source: 'none', note };
}
