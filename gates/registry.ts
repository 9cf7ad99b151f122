/**
 * Every dynamic resource of Sallyport by its kind. This file's path is in every user's state (see kernel/stub.ts): it
 * never moves, and a kind, once released, keeps its name.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import type { Gate } from './kernel/gate.ts';
import type { ResourceProvider } from './kernel/provider.ts';

// Every preview and up loads the gates anew in a fresh process; the SDKs among what they import take most of that time.
enableCompileCache(join(import.meta.dirname, '..', '.sallyport', 'cache', 'node'));

const gates: Record<string, () => Promise<Gate>> = {
  preflight: async () => (await import('./preflight/preflight.ts')).preflight,
  lint: async () => (await import('./lint/lint.ts')).lint,
  guard: async () => (await import('./guard/guard.ts')).guard,
  migrate: async () => (await import('./migrate/migrate.ts')).migrate,
  candidate: async () => (await import('./candidate/candidate.ts')).candidate,
  smoke: async () => (await import('./smoke/smoke.ts')).smoke,
  flip: async () => (await import('./flip/flip.ts')).flip,
  accept: async () => (await import('./accept/accept.ts')).accept,
};

const platformResources: Record<string, () => Promise<ResourceProvider>> = {
  'local-environment': async () => (await import('../infra/local/environment-provider.ts')).environmentProvider,
  'local-job': async () => (await import('../infra/local/job-provider.ts')).jobProvider,
};

/** The provider of a kind. @throws Error when the registry has no such kind. */
export async function providerOf(kind: string): Promise<ResourceProvider> {
  const platformResource = platformResources[kind];
  if (platformResource !== undefined) return platformResource();
  const gate = gates[kind];
  if (gate === undefined) throw new Error(`the registry has no kind "${kind}"; this state needs a newer Sallyport`);
  const { gateProvider } = await import('./kernel/provider.ts');
  return gateProvider(await gate());
}

/** Every gate there is: for what is generated from them (schemas), not for the engine. */
export function everyGate(): Promise<readonly Gate[]> {
  return Promise.all(Object.values(gates).map((load) => load()));
}

function isKnown(kind: string): boolean {
  return kind in gates || kind in platformResources;
}

/** What the stub in the state calls. */
export async function call(kind: string, method: keyof ResourceProvider, args: readonly never[]): Promise<unknown> {
  // What has left the registry has nothing on the platform that its deletion would remove.
  if (method === 'delete' && !isKnown(kind)) return undefined;
  const provider = await providerOf(kind);
  const operation = provider[method] as ((...given: readonly never[]) => Promise<unknown>) | undefined;
  return operation?.(...args);
}

/** Called once a provider process: keeps the configuration, and ends the process when its engine is gone. */
export async function configure(request: { config: { get(key: string): string | undefined } }): Promise<void> {
  const { keepConfiguration } = await import('./kernel/configuration.ts');
  const { endWithEngine } = await import('./kernel/end-with-engine.ts');
  keepConfiguration(request.config);
  endWithEngine();
}
