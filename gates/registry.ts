/**
 * Every dynamic resource of Sallyport by its kind. This file's path is in every user's state (see kernel/stub.ts): it
 * never moves, and a kind, once released, keeps its name.
 */
import { flushCompileCache } from 'node:module';
import type { Gate } from './kernel/gate.ts';
import type { AwayMethod, ResourceProvider } from './kernel/provider.ts';

const gates: Record<string, () => Promise<Gate>> = {
  preflight: async () => (await import('./preflight/preflight.ts')).preflight,
  lint: async () => (await import('./lint/lint.ts')).lint,
  guard: async () => (await import('./guard/guard.ts')).guard,
  rehearse: async () => (await import('./rehearse/rehearse.ts')).rehearse,
  'restore-point': async () => (await import('./restore-point/restore-point.ts')).restorePoint,
  migrate: async () => (await import('./migrate/migrate.ts')).migrate,
  candidate: async () => (await import('./candidate/candidate.ts')).candidate,
  smoke: async () => (await import('./smoke/smoke.ts')).smoke,
  flip: async () => (await import('./flip/flip.ts')).flip,
  snapshot: async () => (await import('./snapshot/snapshot.ts')).snapshot,
  parity: async () => (await import('./parity/parity.ts')).parity,
  stamp: async () => (await import('./stamp/stamp.ts')).stamp,
  drill: async () => (await import('./drill/drill.ts')).drill,
  drift: async () => (await import('./drift/drift.ts')).drift,
  head: async () => (await import('./head/head.ts')).head,
  accept: async () => (await import('./accept/accept.ts')).accept,
  'cutover-preflight': async () => (await import('./cutover-preflight/cutover-preflight.ts')).cutoverPreflight,
  'cutover-schema': async () => (await import('./cutover-schema/cutover-schema.ts')).cutoverSchema,
  'cutover-backfill': async () => (await import('./cutover-backfill/cutover-backfill.ts')).cutoverBackfill,
  'cutover-verify': async () => (await import('./cutover-verify/cutover-verify.ts')).cutoverVerify,
  'cutover-gate': async () => (await import('./cutover-gate/cutover-gate.ts')).cutoverGate,
  'cutover-flip': async () => (await import('./cutover-flip/cutover-flip.ts')).cutoverFlip,
  'cutover-watch': async () => (await import('./cutover-watch/cutover-watch.ts')).cutoverWatch,
};

const platformResources: Record<string, () => Promise<ResourceProvider>> = {
  'local-environment': async () => (await import('../infra/local/environment-provider.ts')).environmentProvider,
  'azure-database-roles': async () => (await import('../infra/azure/database-roles-provider.ts')).databaseRolesProvider,
  ledger: async () => (await import('./kernel/ledger/ledger-provider.ts')).ledgerProvider,
  'local-job': async () => (await import('../infra/local/job-provider.ts')).jobProvider,
  'local-cutover-job': async () => (await import('../infra/local/cutover-job-provider.ts')).cutoverJobProvider,
  'azure-app-clearance': async () => (await import('../infra/azure/app-clearance-provider.ts')).appClearanceProvider,
  'azure-job-clearance': async () => (await import('../infra/azure/job-clearance-provider.ts')).jobClearanceProvider,
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

/** What the stub in the state calls: made here, or, where the platform says so, as an execution of the gates' job. */
export async function call(kind: string, method: keyof ResourceProvider, args: readonly unknown[]): Promise<unknown> {
  if (namesJob(args) && isKnown(kind)) {
    const { callThere, jobOf } = await import('./runner/call-where-it-runs.ts');
    const job = jobOf(method, args);
    if (job !== undefined) {
      const provider = await providerOf(kind);
      if (provider[method] !== undefined) return callThere(provider, job, { kind, method: method as AwayMethod, args });
    }
  }
  return callHere(kind, method, args);
}

/** A first look without loading anything: local promotions never have such an address. */
function namesJob(args: readonly unknown[]): boolean {
  type Placed = { platform?: { azure?: { gates?: { runner?: unknown } } } };
  const last = args.at(-1) as (Placed & { refresh?: Placed }) | undefined;
  return (last?.platform ?? last?.refresh?.platform)?.azure?.gates?.runner === 'job';
}

/** The call in this process. */
export async function callHere(
  kind: string,
  method: keyof ResourceProvider,
  args: readonly unknown[],
): Promise<unknown> {
  // What has left the registry has nothing on the platform that its deletion would remove.
  if (method === 'delete' && !isKnown(kind)) return undefined;
  const provider = await providerOf(kind);
  keepCompiled();
  const operation = provider[method] as ((...given: readonly unknown[]) => Promise<unknown>) | undefined;
  // Without a look of its own, a resource is after a refresh what it was before.
  if (operation === undefined && method === 'read') return { id: args[0], props: args[1] };
  return operation?.(...args);
}

/** Called once a provider process: keeps the configuration, and ends the process when its engine is gone. */
export async function configure(request: { config: { get(key: string): string | undefined } }): Promise<void> {
  const { keepConfiguration } = await import('./kernel/configuration.ts');
  const { endWithEngine } = await import('./kernel/end-with-engine.ts');
  keepConfiguration(request.config);
  endWithEngine();
}

let scheduled = false;

/** The engine kills its providers, and what was compiled is written down at a process's own end: so it is done meanwhile. */
function keepCompiled(): void {
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    flushCompileCache();
  }, 300).unref();
}
