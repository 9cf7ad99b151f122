import { z } from 'zod';
import type { ContainerApps, ExecutionLogs } from './container-apps.ts';
import type { ContainerAppsContext } from './container-apps-client.ts';
import { isLoopbackHost, onLoopback } from './loopback.ts';

// Not in the official client: the calls of the Azure CLI's own log reader.
const LOG_STREAM_VERSION = '2023-11-02-preview';
const TIMEOUT_MS = 20_000;

const replicas = z.object({
  value: z.array(
    z.object({
      properties: z.object({ containers: z.array(z.object({ logStreamEndpoint: z.string().optional() })).default([]) }),
    }),
  ),
});
const authToken = z.object({ properties: z.object({ token: z.string() }) });
const logLine = z.object({ Log: z.string() });

/** Logs of an execution. They are a hint: what cannot be read is said in the note and never thrown. */
export function logOperations(context: ContainerAppsContext): Pick<ContainerApps, 'executionLogs'> {
  return {
    executionLogs: async (job, execution, tail): Promise<ExecutionLogs> => {
      try {
        const endpoints = await logStreams(context, job, execution);
        if (endpoints.length === 0)
          return none('the execution has no replica any more, and its log stream went with it');
        const { token } = authToken.parse(
          (await call(context, 'POST', jobPath(context, `${job}/getAuthToken`))).body,
        ).properties;
        const texts: string[] = [];
        for (const endpoint of endpoints) texts.push(await readStream(context, endpoint, token, tail));
        const lines = texts.flatMap(linesOf).slice(-tail);
        const note = lines.length === 0 ? 'the log stream is empty' : undefined;
        return { lines, source: 'log-stream', ...(note !== undefined && { note }) };
      } catch (error) {
        return none(`the log stream could not be read: ${(error as Error).message}`);
      }
    },
  };
}

function none(note: string): ExecutionLogs {
  return { lines: [], source: 'none', note };
}

async function logStreams(context: ContainerAppsContext, job: string, execution: string): Promise<string[]> {
  const { body } = await call(context, 'GET', jobPath(context, `${job}/executions/${execution}/replicas`));
  return replicas
    .parse(body)
    .value.flatMap((replica) => replica.properties.containers)
    .flatMap((container) => container.logStreamEndpoint ?? []);
}

async function readStream(
  context: ContainerAppsContext,
  endpoint: string,
  token: string,
  tail: number,
): Promise<string> {
  const url = new URL(endpoint);
  const near = onLoopback(context.address);
  if (near ? !isLoopbackHost(url.hostname) : url.protocol !== 'https:') {
    throw new Error(`the log stream is at ${url.origin}, where its token must not be sent`);
  }
  url.searchParams.set('follow', 'false');
  url.searchParams.set('tailLines', String(tail));
  url.searchParams.set('output', 'json');
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`the log stream answered ${answer.status}`);
  return answer.text();
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return logLine.parse(JSON.parse(line)).Log.trimEnd();
      } catch {
        // A line that is not in the stream's own shape is still the program's word.
        return line;
      }
    });
}

async function call(context: ContainerAppsContext, method: 'GET' | 'POST', path: string): Promise<{ body: unknown }> {
  const origin = context.address.endpoint ?? 'https://management.azure.com';
  const { token } = await context.token();
  const answer = await fetch(new URL(`${path}?api-version=${LOG_STREAM_VERSION}`, origin), {
    method,
    headers: { authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`${method} answered ${answer.status}`);
  return { body: await answer.json() };
}

function jobPath({ address }: ContainerAppsContext, rest: string): string {
  return `/subscriptions/${address.subscriptionId}/resourceGroups/${address.resourceGroup}/providers/Microsoft.App/jobs/${rest}`;
}
