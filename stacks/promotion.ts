import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { GateResource } from '../gates/kernel/gate-resource.ts';
import type { Receipt } from '../gates/kernel/receipt.ts';
import { type Release, releaseDigest } from '../gates/kernel/release.ts';
import type { BootstrapSql } from '../infra/local/postgres/bootstrap-sql.ts';
import { LocalEnvironment, LocalJob } from '../infra/local/resources.ts';
import type { StackConfig } from './config.ts';
import { platformSecrets } from './platform-secrets.ts';

/** What a promotion is made of: the stack's configuration and the release it asks for. */
export interface PromotionArgs {
  readonly config: StackConfig;
  readonly release: Release;
  readonly bootstrap: BootstrapSql;
}

/** The way of a release through its gates. Each one gets the receipts of those before it; order comes from data. */
export class Promotion extends pulumi.ComponentResource {
  /** Service → its public address, known once the release is accepted. */
  readonly addresses: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: PromotionArgs, opts?: pulumi.ComponentResourceOptions) {
    super('sallyport:index:Promotion', name, {}, opts);
    const { config, release } = args;
    const within = { parent: this };
    const environment = localEnvironment(name, args, within);
    const { platform, database } = environment;
    const digest = releaseDigest(release);
    const given = {
      release,
      change: config.change,
      platform,
      database,
      stack: pulumi.getStack(),
      artifacts: config.artifacts,
    };
    const gate = (kind: string, receipts: pulumi.Output<Receipt>[], own: pulumi.Inputs = {}) =>
      new GateResource(kind, `${name}-${kind}`, { ...given, receipts, ...own }, within);

    const replay = config.replay !== undefined;
    const judged = { naming: namingOf(config), replay, driftPolicy: config.drift };
    const preflight = gate('preflight', [], judged);
    const lint = gate('lint', [preflight.receipt], { directory: config.migrations.directory, lint: config.lint });
    const commands = replay ? {} : guardCommands(name, config, digest, lint.receipt, within);
    const { flags } = config;
    const asked = { commands, required: config.guard.flags, flags, replay };
    const guard = gate('guard', [preflight.receipt, lint.receipt], asked);
    const cleared = [preflight.receipt, lint.receipt, guard.receipt];
    const { timeouts, stepCommand, downCommand, retries, oldTransactions } = config.migrations;
    const rehearse = gate('rehearse', cleared, { settings: config.rehearse, stepCommand, downCommand, timeouts });
    const rehearsed = [...cleared, rehearse.receipt];
    const restorePoint = gate('restore-point', rehearsed, { restorePoint: config.restorePoint });
    const safe = [...rehearsed, restorePoint.receipt];
    const job = migrationJob(name, args, platform, guard.receipt, safe, within);
    const migrate = gate('migrate', safe, { job: job.name, timeouts, stepCommand, retries, oldTransactions });
    const { healthSeconds, drainSeconds, probeHeader, probeAnswers, probeSeconds } = config.rollout;
    const candidate = gate('candidate', [...safe, migrate.receipt], { healthSeconds });
    const smoke = gate('smoke', [...safe, migrate.receipt, candidate.receipt]);
    const proven = [...safe, migrate.receipt, candidate.receipt, smoke.receipt];
    const probe = { header: probeHeader, answers: probeAnswers, seconds: probeSeconds };
    const flip = gate('flip', proven, { probe, drainSeconds, healthSeconds });
    const accept = gate('accept', [...proven, flip.receipt]);

    // Not before the release is accepted: an address of the candidate is not an address of the release.
    this.addresses = pulumi.all([candidate.receipt, accept.receipt]).apply(([made]) => addressesOf(made));
    this.registerOutputs({ addresses: this.addresses });
  }
}

function localEnvironment(
  name: string,
  { config, release, bootstrap }: PromotionArgs,
  opts: pulumi.CustomResourceOptions,
) {
  const { directory, postgres } = config.platform;
  const secrets = platformSecrets(release);
  return new LocalEnvironment(
    `${name}-environment`,
    { directory, ...(postgres && { postgres }), secrets, bootstrap },
    opts,
  );
}

/** The apps' own checks. What a command ran for comes out of the command, so a skipped one is seen. */
function guardCommands(
  name: string,
  config: StackConfig,
  digest: string,
  cleared: pulumi.Output<Receipt>,
  opts: pulumi.CustomResourceOptions,
): Record<string, pulumi.Output<string>> {
  const lines = Object.entries(config.guard.commands);
  if (lines.length === 0) return {};
  // Declared, its program starts while preflight looks; by default it would start with the first command, after it.
  const provider = new command.Provider(`${name}-commands`, {}, opts);
  const commands = lines.map(([key, line]) => {
    const run = new command.local.Command(
      `${name}-guard-${key}`,
      { create: loudly(key, line), dir: '..', triggers: [digest, cleared.apply((receipt) => receipt.digest)] },
      { ...opts, provider, deleteBeforeReplace: true },
    );
    const ranFor = pulumi.all([run.stdout, run.triggers]).apply(([, triggers]) => String(triggers?.[0]));
    return [key, ranFor] as const;
  });
  return Object.fromEntries(commands);
}

/** A failing command says at the end which one it was and what to do, also where its own output scrolled away. */
function loudly(key: string, line: string): string {
  const todo = `mend what it reports, and promote again`;
  return `( ${line} ) || { code=$?; echo "GUARD_COMMAND_FAILED ${key}: found exit code $code; needed 0. Do: ${todo}" >&2; exit $code; }`;
}

function migrationJob(
  name: string,
  { config, release }: PromotionArgs,
  platform: LocalEnvironment['platform'],
  guard: pulumi.Output<Receipt>,
  cleared: pulumi.Output<Receipt>[],
  opts: pulumi.CustomResourceOptions,
): LocalJob {
  const { service, timeouts } = config.migrations;
  const image = guard.apply((receipt) => imageFrom(receipt, service));
  const job = { platform, name: 'migrate', image, command: release.migrations.command };
  const bound = { timeoutSeconds: timeouts.job, release: releaseDigest(release), receipts: cleared };
  return new LocalJob(`${name}-job`, { ...job, ...bound }, opts);
}

function imageFrom(receipt: Receipt, service: string): string {
  const images = receipt.data.images as Record<string, string> | undefined;
  const image = images?.[service];
  if (image === undefined) throw new Error(`the guard cleared no image of service ${service}`);
  return image;
}

function addressesOf(candidate: Receipt): Record<string, string> {
  const candidates = candidate.data.candidates as Record<string, { publicAddress?: string }>;
  const entries = Object.entries(candidates).flatMap(([name, { publicAddress }]) =>
    publicAddress === undefined ? [] : [[name, publicAddress] as const],
  );
  return Object.fromEntries(entries);
}

function namingOf(config: StackConfig) {
  return { pattern: config.migrations.naming, example: '20250110093000_create-events.sql' };
}
