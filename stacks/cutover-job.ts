import type * as pulumi from '@pulumi/pulumi';
import type { Plan } from '../gates/cutover/plan.ts';
import type { Receipt } from '../gates/kernel/receipt.ts';
import { type Release, releaseDigest } from '../gates/kernel/release.ts';
import { cutoverJobName } from '../gates/policy/cutover-job.ts';
import { LocalCutoverJob } from '../infra/local/resources.ts';
import type { PlatformAddress } from '../infra/platform.ts';
import type { CutoverConfig, CutoverJobConfig } from './cutover-config.ts';

/** A worker in an image whose working directory has this project. */
const command = ['node', 'gates/cutover-worker.ts'];

/** What the job is declared from: its image is one by digest. */
export interface CutoverJobArgs {
  readonly job: CutoverJobConfig;
  readonly plan: Plan;
  readonly release: Release;
  readonly platform: PlatformAddress;
  /** Of the preflight: the job has the operators' URLs, and is made for a cutover that may begin. */
  readonly preflight: pulumi.Output<Receipt>;
}

/** Declares the job whose executions work for a cutover, where its application runs. Gives its name, known once it is there. */
export type DeclareCutoverJob = (
  name: string,
  args: CutoverJobArgs,
  opts: pulumi.CustomResourceOptions,
) => pulumi.Output<string>;

/** How the job is declared on a platform. */
export async function declareCutoverJob(platform: CutoverConfig['platform']): Promise<DeclareCutoverJob> {
  switch (platform.kind) {
    case 'local':
      return localJob;
    case 'azure':
      // Its SDK takes its time to load, and a local stack has nothing of it.
      return (await import('./cutover-azure-job.ts')).azureJob(platform);
    default:
      return platform satisfies never;
  }
}

function localJob(
  name: string,
  { job, plan, release, platform, preflight }: CutoverJobArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { image, parallelism, cpu, timeoutSeconds } = job;
  const variables = { source: plan.source.direct, target: plan.target.direct };
  const runs = { image, command, variables, parallelism, cpu, timeoutSeconds };
  const behind = { release: releaseDigest(release), receipts: [preflight] };
  return new LocalCutoverJob(name, { platform, name: cutoverJobName, ...runs, ...behind }, opts).name;
}
