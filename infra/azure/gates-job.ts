import * as pulumi from '@pulumi/pulumi';
import { resourceGroupIn } from './arm-id.ts';
import type { Administrator } from './database-server.ts';
import { EvidenceStore } from './evidence-store.ts';
import { gatesRole } from './gates-role.ts';
import { IdentityWithRoles } from './identity.ts';
import { knownAfter } from './known-after.ts';
import { manualJob } from './manual-job.ts';
import type { Place } from './place.ts';
import { assignRole } from './role-assignment.ts';
import type { Runtime } from './runtime.ts';

/** An execution is bound by the deadline of its gate; this only ends one that nobody waits for any more. */
const longestSeconds = 86_400;

/** Gates as executions of a job where the database is. */
export interface GatesJob {
  readonly address: {
    readonly runner: 'job';
    readonly job: pulumi.Output<string>;
    readonly container: pulumi.Output<string>;
  };
  /** The job's identity: it makes the roles in the server, which nobody outside the network reaches. */
  readonly administrator: Administrator;
  /** Known once an execution can be started, and may do what it has to. */
  readonly ready: readonly pulumi.Output<unknown>[];
}

interface GatesJobArgs {
  readonly takesBackups: boolean;
  /** Secrets that gates ask for, and the address of each with its version. */
  readonly secrets: readonly string[];
  readonly urls: Readonly<Record<string, pulumi.Output<string>>>;
  /** ARM ids of the group in which gates promote, of the registry that their image is in, and of the vault. */
  readonly ids: Readonly<Record<'group' | 'registry' | 'vault', pulumi.Output<string>>>;
}

/** The job, its identity, and the container of blobs by which it is asked and answers; undefined for gates in process. */
export function gatesJob(
  name: string,
  place: Place,
  runtime: Omit<Runtime, 'identity'>,
  { takesBackups, secrets, urls, ids }: GatesJobArgs,
  opts: pulumi.ComponentResourceOptions,
): GatesJob | undefined {
  const { gates, operator, assignRoles } = place.platform;
  if (gates.runner === 'in-process') return undefined;
  const store = new EvidenceStore(`${name}-evidence`, place, gates.evidence, opts);
  const brought = broughtScopes(place);
  const blobs = { role: 'Storage Blob Data Contributor', scope: store.id } as const;
  const pull = { role: 'AcrPull', scope: ids.registry } as const;
  const role = assignRoles
    ? { id: gates.role ?? gatesRole(`${name}-role`, place, { group: ids.group, brought, takesBackups }, opts) }
    : undefined;
  const promotes = role === undefined ? {} : promoting(role, [ids.group, ...brought]);
  const reads = Object.fromEntries(secrets.map((key) => [`secret-${key}`, mayRead(ids.vault, key, urls[key])]));
  const grants = { pull, evidence: blobs, ...promotes, ...reads };
  const identity = new IdentityWithRoles(name, place, 'gates', grants, opts);
  const { objectId: principalId, type: principalType } = operator;
  const asks = assignRoles
    ? [assignRole(`${name}-operator-may-evidence`, place, { ...blobs, principalId, principalType }, opts).id]
    : [];
  const job = manualJob(
    `${name}-job`,
    place,
    { ...runtime, identity: identity.id },
    {
      jobName: 'sallyport-gates',
      image: gates.image,
      env: { AZURE_CLIENT_ID: identity.clientId },
      secretEnv: Object.fromEntries(secrets.map((key) => [variableOf(key), key])),
      secrets: Object.fromEntries(Object.entries(urls).filter(([key]) => secrets.includes(key))),
      timeoutSeconds: longestSeconds,
    },
    opts,
  );
  return {
    address: { runner: 'job', job: job.name, container: store.url },
    administrator: {
      name: place.names.identities.gates,
      objectId: identity.principalId,
      type: 'ServicePrincipal',
    },
    ready: [job.id, ...asks],
  };
}

/** One secret, once it is there, and not the vault: those of the services are nothing to gates. */
function mayRead(vault: pulumi.Output<string>, key: string, url: pulumi.Output<string> | undefined) {
  const scope = knownAfter(pulumi.interpolate`${vault}/secrets/${key}`, [url]);
  return { role: 'Key Vault Secrets User', scope } as const;
}

/** Where a gate that runs in a job looks for the stack's secret `sallyport:<key>`. */
function variableOf(key: string): string {
  return `SALLYPORT_SECRET_${key.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase()}`;
}

function promoting(role: { readonly id: pulumi.Input<string> }, scopes: readonly pulumi.Input<string>[]) {
  const granted = scopes.map((scope, index) => [index === 0 ? 'promote' : `promote-${index + 1}`, { role, scope }]);
  return Object.fromEntries(granted) as Record<string, { role: typeof role; scope: pulumi.Input<string> }>;
}

/** What gates call outside the estate's own group. */
function broughtScopes({ platform, names }: Place): readonly string[] {
  const { environment, server, logs } = platform;
  return [environment, server, logs]
    .flatMap((settings) => ('existing' in settings ? [settings.existing] : []))
    .filter((id) => resourceGroupIn(id).toLowerCase() !== names.resourceGroup.toLowerCase());
}
