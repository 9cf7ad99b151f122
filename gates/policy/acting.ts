import { isCutoverJob } from './cutover-job.ts';
import { azureType, dynamicType, type Resource } from './resource.ts';

/** Input of a resource that changes production → the gates whose data must be in it. `*` is any input. */
export type Acting = Readonly<Record<string, readonly string[]>>;

const beforeMigration = ['preflight', 'lint', 'guard', 'rehearse', 'restore-point'] as const;
const beforeRollout = [...beforeMigration, 'migrate'] as const;
const beforeFlip = [...beforeRollout, 'candidate', 'smoke'] as const;

/**
 * The gates of a way through production, each with those that must be before it; those that only look need none. More
 * than the gates themselves demand (`needs`), which is what they read: this is the order that the release goes.
 */
export const gatesBefore: Readonly<Record<string, readonly string[]>> = {
  preflight: [],
  lint: ['preflight'],
  guard: ['preflight', 'lint'],
  rehearse: ['preflight', 'lint', 'guard'],
  'restore-point': ['preflight', 'lint', 'guard', 'rehearse'],
  migrate: beforeMigration,
  candidate: beforeRollout,
  smoke: [...beforeRollout, 'candidate'],
  flip: beforeFlip,
  accept: [...beforeFlip, 'flip'],
  snapshot: [],
  parity: ['snapshot'],
  stamp: ['snapshot', 'parity'],
  drill: ['snapshot', 'parity', 'stamp'],
  head: ['snapshot', 'parity', 'stamp', 'drill'],
  drift: ['head'],
  ...inOrder(['preflight', 'schema', 'backfill', 'verify', 'gate', 'flip', 'watch'].map((stage) => `cutover-${stage}`)),
};

/** Gates of which each needs all before it. */
function inOrder(gates: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(gates.map((gate, index) => [gate, gates.slice(0, index)]));
}

/** Its workers have the operators' URLs, and do what a gate of the cutover lays out for them. */
const beforeCutoverJob = ['cutover-preflight'] as const;

/** What serves, runs a job, or can run anything at all. Types that only hold or connect are not here. */
const azureActing: Readonly<Record<string, Acting>> = {
  'app:Job': { template: beforeMigration },
  'app:ContainerApp': { template: beforeRollout },
  'containerinstance:ContainerGroup': { containers: beforeRollout },
  'web:WebApp': { siteConfig: beforeRollout },
  'web:WebAppSlot': { siteConfig: beforeRollout },
  'containerservice:ManagedCluster': { '*': beforeRollout },
  'resources:Deployment': { '*': beforeRollout },
  'resources:AzureCliScript': { '*': beforeRollout },
  'resources:AzurePowerShellScript': { '*': beforeRollout },
};

const dynamicActing: Readonly<Record<string, Acting>> = {
  'local:CutoverJob': { receipts: beforeCutoverJob },
  'local:Job': { receipts: beforeMigration, image: ['guard'] },
  'azure:JobClearance': { receipts: beforeMigration },
  'azure:AppClearance': { receipts: beforeRollout },
};

/** Dynamic resources of Sallyport that prepare and change nothing that serves. */
const preparing: ReadonlySet<string> = new Set(['local:Environment', 'azure:DatabaseRoles']);

/** What must be before this resource; undefined when it changes nothing; `foreign` when nobody can know what it does. */
export function actingOf(resource: Resource): Acting | 'foreign' | undefined {
  const gate = gateOf(resource);
  const before = gate === undefined ? undefined : gatesBefore[gate];
  if (before !== undefined) return { receipts: before };
  const dynamic = dynamicType(resource);
  if (dynamic !== undefined && preparing.has(dynamic)) return undefined;
  if (resource.type.startsWith('pulumi-nodejs:dynamic')) return dynamicActing[dynamic ?? ''] ?? 'foreign';
  if (isCutoverJob(resource) === true) return { template: beforeCutoverJob };
  return azureActing[azureType(resource) ?? ''];
}

/** The gate that a resource is, by its name in the registry: `restore-point` of `gates:RestorePoint`. */
export function gateOf(resource: Resource): string | undefined {
  const [module, name] = dynamicType(resource)?.split(':') ?? [];
  if (module !== 'gates' || name === undefined) return undefined;
  return name.replace(/\B[A-Z]/g, '-$&').toLowerCase();
}
