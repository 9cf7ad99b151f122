import type { Job } from '@pulumi/azure-native/app/job.js';
import type * as pulumi from '@pulumi/pulumi';
import { manualJob } from './manual-job.ts';
import type { Runtime } from './runtime.ts';

/** Where the application runs that is moved: the job is in its environment, as the identity that may pull its image. */
export interface CutoverJobPlace extends Runtime {
  readonly resourceGroup: pulumi.Output<string>;
  readonly location: string;
}

/** A URL with a password: an address in the vault, with its version, or the URL itself. */
export type CutoverUrl = { readonly keyVaultUrl: pulumi.Input<string> } | { readonly value: pulumi.Input<string> };

interface CutoverJobArgs {
  readonly jobName: string;
  /** The project's, by digest; known once the preflight has let the cutover begin. */
  readonly image: pulumi.Input<string>;
  /** Variable → the URL in it: of the source and of the target. */
  readonly urls: Readonly<Record<string, CutoverUrl>>;
  /** Replicas of one execution. */
  readonly parallelism: number;
  readonly cpu?: number | undefined;
  readonly timeoutSeconds: number;
}

/** As the Dockerfile has it, whose entry point is that of gates. */
const worker = ['/usr/local/bin/node', '/app/gates/cutover-worker.ts'];

/**
 * The job whose executions verify and copy for a cutover. A URL from the vault is read by the identity, and is nowhere else; one by
 * value is encrypted in the state, and whoever may list the job's secrets reads it.
 */
export function cutoverJob(
  name: string,
  { resourceGroup, location, ...runtime }: CutoverJobPlace,
  { jobName, image, urls, parallelism, cpu, timeoutSeconds }: CutoverJobArgs,
  opts: pulumi.CustomResourceOptions,
): Job {
  const named = Object.entries(urls).map(([variable, url]) => ({ variable, secret: secretOf(variable), url }));
  return manualJob(
    name,
    { resourceGroup, platform: { location } },
    runtime,
    {
      jobName,
      image,
      command: worker,
      env: {},
      secretEnv: Object.fromEntries(named.map(({ variable, secret }) => [variable, secret])),
      secrets: Object.fromEntries(
        named.flatMap(({ secret, url }) => ('keyVaultUrl' in url ? [[secret, url.keyVaultUrl] as const] : [])),
      ),
      values: Object.fromEntries(
        named.flatMap(({ secret, url }) => ('value' in url ? [[secret, url.value] as const] : [])),
      ),
      replicas: parallelism,
      cpu,
      timeoutSeconds,
    },
    // What the platform gives back of its configuration may have the values again.
    { ...opts, additionalSecretOutputs: ['configuration'] },
  );
}

/** A secret's name has lower-case letters, digits and dashes. */
function secretOf(variable: string): string {
  return variable.toLowerCase().replaceAll('_', '-');
}
