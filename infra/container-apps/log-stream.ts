import { z } from 'zod';
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

/** Where the streams of an execution are, and the token for them. */
export interface LogStreams {
  readonly endpoints: readonly string[];
  readonly token: string;
}

/** The streams of an execution's containers; undefined when it has no replica, before its start or after its end. */
export async function logStreams(
  context: ContainerAppsContext,
  job: string,
  execution: string,
): Promise<LogStreams | undefined> {
  const body = await call(context, 'GET', jobPath(context, `${job}/executions/${execution}/replicas`));
  const endpoints = replicas
    .parse(body)
    .value.flatMap((replica) => replica.properties.containers)
    .flatMap((container) => container.logStreamEndpoint ?? []);
  if (endpoints.length === 0) return undefined;
  const { token } = authToken.parse(await call(context, 'POST', jobPath(context, `${job}/getAuthToken`))).properties;
  return { endpoints, token };
}

/** The last lines of a stream as they are now. */
export async function readStream(
  context: ContainerAppsContext,
  endpoint: string,
  token: string,
  tail: number,
): Promise<readonly string[]> {
  const answer = await open(context, endpoint, token, tail, false, AbortSignal.timeout(TIMEOUT_MS));
  return (await answer.text()).split('\n').flatMap(lineOf);
}

/** Gives every line of a stream as it comes, until the stream ends or the signal fires. */
export async function followStream(
  context: ContainerAppsContext,
  { endpoint, token, tail }: { readonly endpoint: string; readonly token: string; readonly tail: number },
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  const answer = await open(context, endpoint, token, tail, true, signal);
  let rest = '';
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = `${rest}${piece}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.flatMap(lineOf)) onLine(line);
  }
  for (const line of lineOf(rest)) onLine(line);
}

async function open(
  context: ContainerAppsContext,
  endpoint: string,
  token: string,
  tail: number,
  follow: boolean,
  signal: AbortSignal,
): Promise<Response> {
  const url = new URL(endpoint);
  const near = onLoopback(context.address);
  if (near ? !isLoopbackHost(url.hostname) : url.protocol !== 'https:') {
    throw new Error(`the log stream is at ${url.origin}, where its token must not be sent`);
  }
  url.searchParams.set('follow', String(follow));
  url.searchParams.set('tailLines', String(tail));
  url.searchParams.set('output', 'json');
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` }, redirect: 'error', signal });
  if (!answer.ok) throw new Error(`the log stream answered ${answer.status}`);
  return answer;
}

function lineOf(line: string): string[] {
  if (line === '') return [];
  try {
    return [logLine.parse(JSON.parse(line)).Log.trimEnd()];
  } catch {
    // A line that is not in the stream's own shape is still the program's word.
    return [line];
  }
}

async function call(context: ContainerAppsContext, method: 'GET' | 'POST', path: string): Promise<unknown> {
  const origin = context.address.endpoint ?? 'https://management.azure.com';
  const { token } = await context.token();
  const answer = await fetch(new URL(`${path}?api-version=${LOG_STREAM_VERSION}`, origin), {
    method,
    headers: { authorization: `Bearer ${token}` },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`${method} answered ${answer.status}`);
  return answer.json();
}

function jobPath({ address }: ContainerAppsContext, rest: string): string {
  return `/subscriptions/${address.subscriptionId}/resourceGroups/${address.resourceGroup}/providers/Microsoft.App/jobs/${rest}`;
}
