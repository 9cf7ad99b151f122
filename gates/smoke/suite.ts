import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../kernel/gate-error.ts';
import type { Smoke, Surface } from '../kernel/release.ts';
import type { World } from '../kernel/world.ts';
import { type Answer, assertOn, valueAt } from './assertions.ts';
import type { SurfaceResult, Try } from './facts.ts';

/** Bound of one request, in milliseconds, and of the body that is read, in characters. */
const limits = { requestMs: 10_000, body: 1_000_000, snippet: 500 };
/** Answers that may pass by themselves; every other one is definite. */
const transientStatus: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Runs a smoke suite: every surface once, transient answers retried, a surface's bound values read from the one it names. */
export async function runSuite(
  world: World,
  suite: Smoke,
  addresses: Readonly<Record<string, string | undefined>>,
): Promise<readonly SurfaceResult[]> {
  const bodies = new Map<string, string>();
  const results: SurfaceResult[] = [];
  for (const [name, surface] of inOrder(suite)) {
    const result = await runSurface(world, suite, name, surface, addresses[surface.service], bodies);
    world.say(`${name} ${result.outcome}${result.outcome === 'passed' ? '' : `: ${failure(result)}`}`);
    results.push(result);
  }
  return results;
}

/** Surfaces with those first that others take values from. */
function inOrder(suite: Smoke): readonly (readonly [string, Surface])[] {
  const sources = new Set(
    Object.values(suite.surfaces).flatMap((surface) => Object.values(surface.bind).map((b) => b.surface)),
  );
  const entries = Object.entries(suite.surfaces);
  return [...entries.filter(([name]) => sources.has(name)), ...entries.filter(([name]) => !sources.has(name))];
}

async function runSurface(
  world: World,
  suite: Smoke,
  name: string,
  surface: Surface,
  address: string | undefined,
  bodies: Map<string, string>,
): Promise<SurfaceResult> {
  const path = bindPath(surface, bodies);
  const url = `${address ?? `(no address of ${surface.service})`}${path.value ?? surface.path}`;
  const nothing = { surface: name, url, assertions: [], timeline: [], snippet: null };
  if (surface.assertions.length === 0) return { ...nothing, outcome: 'unasserted' };
  const missing = path.missing ?? (address === undefined ? `service ${surface.service} has no address` : undefined);
  if (missing !== undefined) {
    const assertions = surface.assertions.map(({ id }) => ({
      id,
      passed: false,
      expected: 'an answer',
      actual: missing,
    }));
    return { ...nothing, outcome: 'failed', assertions };
  }
  const timeline: Try[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const seen = await ask(world, url, surface);
    const status = seen.answer?.status ?? null;
    timeline.push({ at: world.now().toISOString(), attempt, status, latencyMs: seen.latencyMs, error: seen.error });
    const { answer } = seen;
    const assertions = answer === undefined ? [] : surface.assertions.map((assertion) => assertOn(answer, assertion));
    const passed = answer !== undefined && assertions.every((assertion) => assertion.passed);
    const transient = answer === undefined || transientStatus.has(answer.status);
    if (passed || !transient || attempt >= suite.retries.attempts) {
      if (answer !== undefined) bodies.set(name, answer.body);
      const snippet = answer === undefined ? null : answer.body.slice(0, limits.snippet);
      return {
        surface: name,
        url,
        outcome: passed ? 'passed' : transient ? 'transient' : 'failed',
        assertions,
        timeline,
        snippet,
      };
    }
    await delay(suite.retries.delayMs, undefined, { signal: world.signal });
  }
}

function bindPath(surface: Surface, bodies: ReadonlyMap<string, string>): { value?: string; missing?: string } {
  let value = surface.path;
  for (const [name, source] of Object.entries(surface.bind)) {
    const bound = valueAt(bodies.get(source.surface) ?? '', source.json);
    if (typeof bound !== 'string' && typeof bound !== 'number') {
      return { missing: `surface ${source.surface} has no value at ${source.json} for {${name}}` };
    }
    value = value.replaceAll(`{${name}}`, encodeURIComponent(String(bound)));
  }
  return { value };
}

async function ask(world: World, url: string, surface: Surface) {
  const since = performance.now();
  const elapsed = () => Math.round(performance.now() - since);
  try {
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(limits.requestMs)]);
    const headers = { connection: 'close', ...headersOf(world, surface) };
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    const body = (await response.text()).slice(0, limits.body);
    const answer: Answer = { status: response.status, headers: response.headers, body, latencyMs: elapsed() };
    return { answer, latencyMs: answer.latencyMs, error: null };
  } catch (error) {
    world.signal.throwIfAborted();
    return { answer: undefined, latencyMs: elapsed(), error: messageOf(error) };
  }
}

function headersOf(world: World, surface: Surface): Record<string, string> {
  return Object.fromEntries(
    Object.entries(surface.headers).map(([name, value]) => {
      if (typeof value === 'string') return [name, value];
      const secret = world.secret(value.secret);
      if (secret === undefined)
        throw new Error(`header ${name} needs the secret sallyport:${value.secret}, which is not set`);
      return [name, secret];
    }),
  );
}

function failure(result: SurfaceResult): string {
  const failed = result.assertions.filter((assertion) => !assertion.passed);
  if (failed.length > 0) return failed.map((each) => `${each.id} expected ${each.expected}`).join('; ');
  return result.timeline.at(-1)?.error ?? 'nothing is asserted of it';
}
