import type * as pulumi from '@pulumi/pulumi';
import type { Receipt } from '../../gates/kernel/receipt.ts';
import { RegistryResource } from '../../gates/kernel/registry-resource.ts';
import type { Release } from '../../gates/kernel/release.ts';
import type { DatabaseAddress, DatabaseRole, PlatformAddress } from '../platform.ts';
import type { AppTemplates } from './app-template.ts';

/** The release that receipts must be for, and where its ledger is. */
interface ClearanceArgs {
  readonly release: Release;
  readonly platform: pulumi.Input<PlatformAddress>;
  readonly database: pulumi.Input<DatabaseAddress>;
  readonly stack: string;
  /** Of every gate before it, in order. */
  readonly receipts: pulumi.Input<Receipt>[];
}

/**
 * What stands between the gates and the declared container apps. azure-native resources cannot check receipts, so this
 * one does, at every preview and update; they take image, environment, suffix and traffic from its output only.
 */
export class AppClearance extends RegistryResource {
  declare readonly templates: pulumi.Output<AppTemplates>;

  constructor(
    name: string,
    args: ClearanceArgs & {
      /** `<hash>.<region>.azurecontainerapps.io`, of which the addresses of revisions are made. */
      readonly domain: pulumi.Input<string>;
      /** Of the identity that the apps have: they are told it, or their tokens would be asked for nobody. */
      readonly clientId?: pulumi.Input<string>;
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super('azure-app-clearance', 'azure:AppClearance', name, { ...args, templates: undefined }, opts);
  }
}

/** The same for the migration job: the image that the guard cleared. */
export class JobClearance extends RegistryResource {
  declare readonly image: pulumi.Output<string>;

  constructor(name: string, args: ClearanceArgs & { readonly service: string }, opts: pulumi.CustomResourceOptions) {
    super('azure-job-clearance', 'azure:JobClearance', name, { ...args, image: undefined }, opts);
  }
}

/**
 * Roles `gates`, `migrator` and `app` inside the server, under the names of the identities: idempotent, and proven by
 * reading back that `app` may not do DDL.
 */
export class DatabaseRoles extends RegistryResource {
  /** The address with the names of the roles. */
  declare readonly address: pulumi.Output<DatabaseAddress>;

  constructor(
    name: string,
    args: {
      readonly platform: pulumi.Input<PlatformAddress>;
      readonly database: pulumi.Input<DatabaseAddress>;
      /** Name of the Microsoft Entra administrator who makes them: an identity of whoever runs this. */
      readonly administrator: pulumi.Input<string>;
      readonly users: pulumi.Input<Record<DatabaseRole, string>>;
      readonly timeouts: { readonly lock: string; readonly statement: string };
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super('azure-database-roles', 'azure:DatabaseRoles', name, { ...args, address: undefined }, opts);
  }
}
