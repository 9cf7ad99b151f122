import * as pulumi from '@pulumi/pulumi';
import type { Plan } from '../gates/cutover/plan.ts';
import { rehearsalFile } from '../gates/cutover/rehearsal-record.ts';
import { GateResource } from '../gates/kernel/gate-resource.ts';
import type { Receipt } from '../gates/kernel/receipt.ts';
import type { Release } from '../gates/kernel/release.ts';
import type { DatabaseAddress, PlatformAddress } from '../infra/platform.ts';
import { type CutoverConfig, type Stage, stages } from './cutover-config.ts';

/** What a cutover is made of: the configuration, its plan, the migrations as a release, and where the application runs. */
export interface CutoverArgs {
  readonly config: CutoverConfig;
  readonly plan: Plan;
  readonly release: Release;
  readonly image: string;
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
    const { config, plan, release, image, migrationJob: job, platform, database } = args;
    const { change, artifacts, cutover } = config;
    const { healthSeconds, drainSeconds, probeHeader, probeAnswers, probeSeconds } = config.rollout;
    const probe = { header: probeHeader, answers: probeAnswers, seconds: probeSeconds };
    const given = { release, change, platform, database, stack: pulumi.getStack(), artifacts, plan };
    const receipts: pulumi.Output<Receipt>[] = [];
    const gate = (kind: string, own: pulumi.Inputs = {}) => {
      const inputs = { ...given, receipts: [...receipts], ...own };
      const { receipt } = new GateResource(kind, `${name}-${kind}`, inputs, { parent: this });
      receipts.push(receipt);
      return receipt;
    };
    const reaches = (stage: Stage) => stages.indexOf(cutover.stage) >= stages.indexOf(stage);

    let last = gate('cutover-preflight');
    if (reaches('schema')) {
      last = gate('cutover-schema', { image, commands: { head: config.migrations.command }, ...(job && { job }) });
    }
    if (reaches('backfill')) last = gate('cutover-backfill');
    if (reaches('verify')) last = gate('cutover-verify');
    if (reaches('gate')) last = gate('cutover-gate', { rehearsal: evidenceOfRehearsal(config) });
    if (reaches('all')) {
      gate('cutover-flip', { probe, drainSeconds, healthSeconds });
      last = gate('cutover-watch');
    }
    this.receipt = last;
    this.registerOutputs({ receipt: this.receipt });
  }
}

/** Of this stack's own rehearsal, where none of a staging pair is named; relative to the project. */
export function evidenceOfRehearsal({ artifacts, cutover: { sha, rehearsal } }: CutoverConfig): string {
  return rehearsal.evidence ?? rehearsalFile(artifacts, sha);
}
