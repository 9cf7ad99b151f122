import * as pulumi from '@pulumi/pulumi';
import type { Plan } from '../gates/cutover/plan.ts';
import { rehearsalFile } from '../gates/cutover/rehearsal-record.ts';
import { GateResource } from '../gates/kernel/gate-resource.ts';
import type { Receipt } from '../gates/kernel/receipt.ts';
import type { Release } from '../gates/kernel/release.ts';
import type { DatabaseAddress, PlatformAddress } from '../infra/platform.ts';
import { type CutoverConfig, type CutoverJobConfig, type Stage, stages } from './cutover-config.ts';
import type { DeclareCutoverJob } from './cutover-job.ts';

/** What a cutover is made of: the configuration, its plan, the migrations as a release, and where the application runs. */
export interface CutoverArgs {
  readonly config: CutoverConfig;
  readonly plan: Plan;
  readonly release: Release;
  readonly image: string;
  /** Whose executions work, its image by digest; undefined where the gates work themselves. */
  readonly job?: (CutoverJobConfig & { readonly declare: DeclareCutoverJob }) | undefined;
  /** On Azure: the job that migrations run as an execution of. */
  readonly migrationJob?: string | undefined;
  readonly platform: PlatformAddress;
  /** Of the source, whose ledger the cutover is kept in, before the flip and after it. */
  readonly database: DatabaseAddress;
}

/** The way of an application to another database. Each stage takes the receipts of all before it. */
export class Cutover extends pulumi.ComponentResource {
  /** The last stage's; known once it let the cutover through. */
  readonly receipt: pulumi.Output<Receipt>;

  constructor(name: string, args: CutoverArgs, opts?: pulumi.ComponentResourceOptions) {
    super('sallyport:index:Cutover', name, {}, opts);
    const { config, plan, release, image, migrationJob, job, platform, database } = args;
    const { change, artifacts, cutover } = config;
    const { healthSeconds, drainSeconds, probeHeader, probeAnswers, probeSeconds } = config.rollout;
    const probe = { header: probeHeader, answers: probeAnswers, seconds: probeSeconds };
    const given = { release, change, platform, database, stack: pulumi.getStack(), artifacts, plan };
    const within = { parent: this };
    const receipts: pulumi.Output<Receipt>[] = [];
    const gate = (kind: string, own: pulumi.Inputs = {}) => {
      const inputs = { ...given, receipts: [...receipts], ...own };
      const { receipt } = new GateResource(kind, `${name}-${kind}`, inputs, within);
      receipts.push(receipt);
      return receipt;
    };
    const reaches = (stage: Stage) => stages.indexOf(cutover.stage) >= stages.indexOf(stage);

    const preflight = gate('cutover-preflight');
    let last = preflight;
    const byJob =
      job === undefined || !reaches('backfill')
        ? {}
        : { job: { name: job.declare(`${name}-job`, { ...args, job, preflight }, within), workers: job.workers } };
    // By replication the server carries the rows itself, and what is left at the flip are single ones.
    const whole = plan.strategy === 'copy' ? byJob : {};
    if (reaches('schema')) {
      const commands = { head: config.migrations.command };
      last = gate('cutover-schema', { image, commands, ...(migrationJob && { migrationJob }) });
    }
    if (reaches('backfill')) last = gate('cutover-backfill', whole);
    if (reaches('verify')) last = gate('cutover-verify', byJob);
    if (reaches('gate')) last = gate('cutover-gate', { rehearsal: evidenceOfRehearsal(config) });
    if (reaches('all')) {
      gate('cutover-flip', { probe, drainSeconds, healthSeconds, ...whole });
      last = gate('cutover-watch', byJob);
    }
    this.receipt = last;
    this.registerOutputs({ receipt: this.receipt });
  }
}

/** Of this stack's own rehearsal, where none of a staging pair is named; relative to the project. */
export function evidenceOfRehearsal({ artifacts, cutover: { sha, rehearsal } }: CutoverConfig): string {
  return rehearsal.evidence ?? rehearsalFile(artifacts, sha);
}
