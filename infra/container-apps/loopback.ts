import type { PlatformAddress } from '../platform.ts';

/** Whether a host is this machine, so that a token may be sent to it in clear. */
export function isLoopbackHost(hostname: string): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
}

/** Whether an app's name is one of this machine: there, each revision may have a name under `localhost` (RFC 6761). */
export function isLoopbackApp(fqdn: string): boolean {
  const { hostname } = new URL(`http://${fqdn}`);
  return isLoopbackHost(hostname) || hostname.endsWith('.localhost');
}

/**
 * Whether a platform answers on this machine: it is then spoken to by http, and nothing on it takes seconds. What kind of
 * platform it is says nothing about that: the tests run the production program against an endpoint of their own.
 */
export function onLoopback({ endpoint }: Pick<PlatformAddress, 'endpoint'>): boolean {
  return endpoint !== undefined && isLoopbackHost(new URL(endpoint).hostname);
}

/** How often gates look at a revision that is coming up or going, in milliseconds. */
export function pollMsOf(address: Pick<PlatformAddress, 'endpoint'>): number {
  return onLoopback(address) ? 100 : 5_000;
}
