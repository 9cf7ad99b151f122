import * as pulumi from '@pulumi/pulumi';
import type { AzurePlatform } from '../../stacks/azure-config.ts';
import type { DatabaseAddress, DatabaseRole, PlatformAddress } from '../platform.ts';
import { DatabaseServer } from './database-server.ts';
import { managedEnvironment } from './environment.ts';
import { type GatesJob, gatesJob } from './gates-job.ts';
import { IdentityWithRoles } from './identity.ts';
import { knownAfter } from './known-after.ts';
import { namesOf } from './names.ts';
import { networkIds } from './network.ts';
import type { Place } from './place.ts';
import { registry } from './registry.ts';
import { resourceGroup } from './resource-group.ts';
import type { Runtime } from './runtime.ts';
import { tokenUrl } from './token-url.ts';
import { EstateVault } from './vault.ts';

/** Everything that releases come and go on. Nothing in it is of a release. */
export class AzureFoundation extends pulumi.ComponentResource {
  readonly place: Place;
  /** Known once gates may do what they have to. */
  readonly platform: pulumi.Output<PlatformAddress>;
  readonly database: pulumi.Output<DatabaseAddress>;
  /** Who makes the roles in the server, and what these are called there. */
  readonly administrator: string;
  readonly users: Readonly<Record<DatabaseRole, string>>;
  readonly domain: pulumi.Output<string>;
  readonly secretUrls: Readonly<Record<string, pulumi.Output<string>>>;
  readonly apps: IdentityWithRoles;
  readonly migrate: IdentityWithRoles;
  readonly #runtime: Omit<Runtime, 'identity'>;

  constructor(name: string, settings: AzurePlatform, args: FoundationArgs, opts: pulumi.ComponentResourceOptions) {
    super('sallyport:azure:Foundation', name, {}, opts);
    const within = { parent: this };
    const names = namesOf(settings);
    const group = resourceGroup(`${name}-resource-group`, settings, within);
    const place = { platform: settings, names, resourceGroup: group.name };
    const network = networkIds(`${name}-network`, place, within);
    const { environment, logs } = managedEnvironment(`${name}-environment`, place, network, within);
    const images = registry(`${name}-registry`, place, within);
    const vault = new EstateVault(`${name}-vault`, place, within);
    this.#runtime = { environmentId: environment.id, registry: images.loginServer };
    const pull = { role: 'AcrPull', scope: images.id } as const;
    const readSecrets = { role: 'Key Vault Secrets User', scope: vault.id } as const;
    this.apps = new IdentityWithRoles(`${name}-apps`, place, 'apps', { pull, secrets: readSecrets }, within);
    this.migrate = new IdentityWithRoles(`${name}-migrate`, place, 'migrate', { pull }, within);
    const ids = { group: group.id, registry: images.id, vault: vault.id };
    const job = gatesJob(`${name}-gates`, place, this.#runtime, { ...args, ids, urls: vault.urls }, within);
    const administrators = administratorsOf(settings, job);
    const server = new DatabaseServer(`${name}-database`, place, { network, administrators }, within);
    this.place = place;
    this.platform = platformAddress(settings, names.resourceGroup, environment.id, server.id, logs, job);
    this.database = server.address;
    // A token opens a session for its own principal only: gates are whoever they run as.
    this.administrator = (job?.administrator ?? settings.administrator ?? settings.operator).name;
    const gates = job?.administrator.name ?? settings.operator.name;
    this.users = { gates, migrator: names.identities.migrate, app: names.identities.apps };
    this.domain = environment.defaultDomain;
    this.secretUrls = vault.urls;
    this.registerOutputs({ platform: this.platform, database: this.database });
  }

  /** What a container of one of the identities needs. */
  runtime({ id }: IdentityWithRoles): Runtime {
    return { ...this.#runtime, identity: id };
  }

  /** The database as an identity opens it. */
  databaseUrl(role: 'app' | 'migrator'): pulumi.Output<string> {
    return this.database.apply((database) => tokenUrl(this.users[role], database));
  }
}

interface FoundationArgs {
  /** Whether restore points are backups of our own. */
  readonly takesBackups: boolean;
  /** Names of the secrets that gates ask for. */
  readonly secrets: readonly string[];
}

function administratorsOf({ administrator, operator }: AzurePlatform, job: GatesJob | undefined) {
  const own = administrator ?? operator;
  return { operator: own, ...(job && { gates: job.administrator }) };
}

function platformAddress(
  { subscription, tenant, endpoint }: AzurePlatform,
  group: string,
  environmentId: pulumi.Output<string>,
  serverId: pulumi.Output<string>,
  logs: pulumi.Input<{ destination: 'log-analytics' | 'azure-monitor' | 'none'; workspaceId?: string }>,
  job: GatesJob | undefined,
): pulumi.Output<PlatformAddress> {
  const gates = job === undefined ? ({ runner: 'in-process' } as const) : job.address;
  const azure = { tenantId: tenant, serverId, logs, gates };
  const address = {
    kind: 'azure' as const,
    subscriptionId: subscription,
    resourceGroup: group,
    environmentId,
    ...(endpoint !== undefined && { endpoint }),
    azure,
  };
  return knownAfter(pulumi.output(address), job?.ready ?? []) as pulumi.Output<PlatformAddress>;
}
