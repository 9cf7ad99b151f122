import * as pulumi from '@pulumi/pulumi';
import { GateResource } from '../gates/kernel/gate-resource.ts';
import type { Receipt } from '../gates/kernel/receipt.ts';
import type { Release } from '../gates/kernel/release.ts';
import type { BootstrapSql } from '../infra/local/postgres/bootstrap-sql.ts';
import { LocalEnvironment } from '../infra/local/resources.ts';
import type { BaselineConfig } from './baseline-config.ts';
import { platformSecrets } from './platform-secrets.ts';

/** What a baseline is made of: the configuration, its migrations as a release, and images and snapshot by digest. */
export interface BaselineArgs {
  readonly config: BaselineConfig;
  readonly release: Release;
  readonly image: string;
  readonly snapshot: { readonly file: string; readonly sha256: string } | undefined;
  readonly bootstrap: BootstrapSql;
}

/** The way of an existing database under its migrations: found, compared, stamped, drilled, brought to head. */
export class Baseline extends pulumi.ComponentResource {
  constructor(
    name: string,
    { config, release, image, snapshot, bootstrap }: BaselineArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('sallyport:index:Baseline', name, {}, opts);
    const { directory, postgres } = config.platform;
    const { command, up, down, timeouts } = config.migrations;
    const { revision, reads, approved, healthSeconds } = config.baseline;
    const within = { parent: this };
    const place = { directory, ...(postgres && { postgres }), secrets: platformSecrets(release), bootstrap };
    const { platform, database } = new LocalEnvironment(`${name}-environment`, place, within);
    const { change, artifacts } = config;
    const given = { release, change, platform, database, stack: pulumi.getStack(), artifacts };
    const gate = (kind: string, receipts: pulumi.Output<Receipt>[], own: pulumi.Inputs) =>
      new GateResource(kind, `${name}-${kind}`, { ...given, receipts, ...own }, within);

    const tool = { image, commands: { head: command, up, down }, revision };
    const found = gate('snapshot', [], snapshot === undefined ? {} : { snapshot });
    const parity = gate('parity', [found.receipt], {
      ...tool,
      directory: config.migrations.directory,
      approved,
      healthSeconds,
    });
    const stamp = gate('stamp', [found.receipt, parity.receipt], tool);
    const stamped = [found.receipt, parity.receipt, stamp.receipt];
    const drill = gate('drill', stamped, tool);
    const { lock, statement } = timeouts;
    const head = gate('head', [...stamped, drill.receipt], { ...tool, timeouts: { lock, statement }, reads });
    gate('drift', [head.receipt], {});
    this.registerOutputs({});
  }
}
