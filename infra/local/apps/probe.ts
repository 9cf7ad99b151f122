import { request } from 'node:http';
import { connect } from 'node:net';
import type { AppTemplate } from '../arm/app-schema.ts';

/** How a replica is asked whether it can serve. */
export type ProbeKind =
  | { readonly kind: 'http'; readonly path: string }
  | { readonly kind: 'tcp' }
  | { readonly kind: 'alive' };

/** How a revision's replicas are probed, and for how long a start may take before it counts as unhealthy. */
export interface ProbePlan {
  readonly probe: ProbeKind;
  readonly startupMs: number;
  readonly timeoutMs: number;
}

const STARTUP_MS = 30_000;
const TIMEOUT_MS = 2_000;

/** The plan in a template: its readiness probe; without one a connection to the ingress port; without that, being alive. */
export function probePlan(template: AppTemplate, hasIngress: boolean): ProbePlan {
  const probes = template.containers[0]?.probes ?? [];
  const startup = probes.find((probe) => probe.type === 'Startup');
  const chosen = probes.find((probe) => probe.type === 'Readiness') ?? startup ?? probes[0];
  const timeoutMs = (chosen?.timeoutSeconds ?? TIMEOUT_MS / 1000) * 1000;
  const startupMs = startup ? (startup.periodSeconds ?? 10) * (startup.failureThreshold ?? 3) * 1000 : STARTUP_MS;
  const http: ProbeKind | undefined = chosen && { kind: 'http', path: chosen.httpGet.path ?? '/' };
  return { probe: http ?? (hasIngress ? { kind: 'tcp' } : { kind: 'alive' }), startupMs, timeoutMs };
}

/** Undefined when the replica on `port` answers as it should, else what was seen instead. */
export function runProbe(probe: ProbeKind, port: number, timeoutMs: number): Promise<string | undefined> {
  switch (probe.kind) {
    case 'http':
      return httpProbe(probe.path, port, timeoutMs);
    case 'tcp':
      return tcpProbe(port, timeoutMs);
    case 'alive':
      return Promise.resolve(undefined);
    default:
      return probe satisfies never;
  }
}

function httpProbe(path: string, port: number, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false, timeout: timeoutMs }, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      resolve(status >= 200 && status < 400 ? undefined : `GET ${path} answered ${status}`);
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asked.once('error', (error) => resolve(`GET ${path}: ${error.message || 'no connection'}`));
    asked.end();
  });
}

function tcpProbe(port: number, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: timeoutMs });
    const end = (seen: string | undefined) => {
      socket.destroy();
      resolve(seen);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`no connection within ${timeoutMs} ms`));
    socket.once('error', (error) => end(error.message));
  });
}
