import type { Job } from '@pulumi/azure-native/app/job.js';
import type * as pulumi from '@pulumi/pulumi';
import { manualJob } from './manual-job.ts';
import type { Runtime } from './runtime.ts';

/** Where the application runs that is moved: the job is in its environment, as the identity that may pull its image. */
export interface CutoverJobPlace extends Runtime {
  readonly resourceGroup: pulumi.Output<string>;
  readonly location: string;
}

interface CutoverJobArgs {
  readonly jobName: string;
  /** The project's, by digest; known once the preflight has let the cutover begin. */
  readonly image: pulumi.Input<string>;
  /** Variable → where the vault has the URL in it, with its version: of the source and of the target. */
  readonly urls: Readonly<Record<string, string>>;
  /** Replicas of one execution. */
  readonly parallelism: number;
  readonly cpu?: number | undefined;
  readonly timeoutSeconds: number;
}

/** As the Dockerfile has it, whose entry point is that of gates. */
const worker = ['/usr/local/bin/node', '/app/gates/cutover-worker.ts'];

/**
 * The job whose executions verify and copy for a cutover. URLs have passwords: the identity reads them from the vault, and they are in no
 * state.
 */
export function cutoverJob(
  name: string,
  { resourceGroup, location, ...runtime }: CutoverJobPlace,
  { jobName, image, urls, parallelism, cpu, timeoutSeconds }: CutoverJobArgs,
  opts: pulumi.CustomResourceOptions,
): Job {
  return manualJob(
    name,
    { resourceGroup, platform: { location } },
    runtime,
    {
      jobName,
      image,
      command: worker,
      env: {},
      secretEnv: Object.fromEntries(Object.keys(urls).map((variable) => [variable, secretOf(variable)])),
      secrets: Object.fromEntries(Object.entries(urls).map(([variable, url]) => [secretOf(variable), url])),
      replicas: parallelism,
      cpu,
      timeoutSeconds,
    },
    opts,
  );
}

/** A secret's name has lower-case letters, digits and dashes. */
function secretOf(variable: string): string {
  return variable.toLowerCase().replaceAll('_', '-');
}
