import type * as pulumi from '@pulumi/pulumi';
import type { Receipt } from '../gates/kernel/receipt.ts';
import { releaseDigest } from '../gates/kernel/release.ts';
import { restorePointSchema } from '../gates/restore-point/facts.ts';
import { LocalEnvironment, LocalJob } from '../infra/local/resources.ts';
import type { LocalPlatform } from './config.ts';
import type { DeclareEstate } from './estate.ts';
import { platformSecrets } from './platform-secrets.ts';

/** The environment on this machine. Its apps are put by the candidate gate. */
export function localEstate({ directory, postgres }: LocalPlatform): DeclareEstate {
  return (name, { config, release, bootstrap }, within) => {
    const place = { directory, ...(postgres && { postgres }), secrets: platformSecrets(release), bootstrap };
    const { platform, database } = new LocalEnvironment(`${name}-environment`, place, within);
    const { service, timeouts } = config.migrations;
    return {
      platform,
      database,
      restorePoint: config.restorePoint ?? restorePointSchema.parse({ strategy: 'base-backup' }),
      migrationJob: (guard, receipts) => {
        const image = guard.apply((receipt) => imageFrom(receipt, service));
        const job = { platform, name: 'migrate', image, command: release.migrations.command };
        const bound = { timeoutSeconds: timeouts.job, release: releaseDigest(release), receipts };
        return new LocalJob(`${name}-job`, { ...job, ...bound }, within).name;
      },
      apps: (): pulumi.Output<Record<string, string>> | undefined => undefined,
    };
  };
}

function imageFrom(receipt: Receipt, service: string): string {
  const images = receipt.data.images as Record<string, string> | undefined;
  const image = images?.[service];
  if (image === undefined) throw new Error(`the guard cleared no image of service ${service}`);
  return image;
}
