import type * as pulumi from '@pulumi/pulumi';
import type { Receipt } from '../../gates/kernel/receipt.ts';
import { RegistryResource } from '../../gates/kernel/registry-resource.ts';
import type { DatabaseAddress, PlatformAddress } from '../platform.ts';
import type { BootstrapSql } from './postgres/bootstrap-sql.ts';

/** The environment on this machine: daemon, PostgreSQL, and secrets made up where services ask for them. */
export class LocalEnvironment extends RegistryResource {
  declare readonly platform: pulumi.Output<PlatformAddress>;
  declare readonly database: pulumi.Output<DatabaseAddress>;

  constructor(
    name: string,
    args: { directory: string; postgres?: number; secrets: readonly string[]; bootstrap: BootstrapSql },
    opts: pulumi.CustomResourceOptions,
  ) {
    const props = { ...args, platform: undefined, database: undefined };
    super('local-environment', 'local:Environment', name, props, opts);
  }
}

/** The migration job, declared: its image comes from the gate that cleared it, never from configuration. */
export class LocalJob extends RegistryResource {
  declare readonly name: pulumi.Output<string>;

  constructor(
    name: string,
    args: {
      platform: pulumi.Input<PlatformAddress>;
      name: string;
      image: pulumi.Input<string>;
      command: readonly string[];
      timeoutSeconds: number;
      release: string;
      receipts: pulumi.Input<Receipt>[];
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super('local-job', 'local:Job', name, { ...args, declared: undefined }, opts);
  }
}

/** The job whose executions verify and copy for a cutover; the URLs of its databases stay in the engine's environment. */
export class LocalCutoverJob extends RegistryResource {
  declare readonly name: pulumi.Output<string>;

  constructor(
    name: string,
    args: {
      platform: PlatformAddress;
      name: string;
      image: string;
      command: readonly string[];
      variables: { readonly source: string; readonly target: string };
      parallelism: number;
      cpu?: number | undefined;
      timeoutSeconds: number;
      release: string;
      receipts: pulumi.Input<Receipt>[];
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super('local-cutover-job', 'local:CutoverJob', name, { ...args, declared: undefined }, opts);
  }
}
