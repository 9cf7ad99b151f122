import type * as pulumi from '@pulumi/pulumi';
import type { Receipt } from '../gates/kernel/receipt.ts';
import type { RestorePointConfig } from '../gates/restore-point/facts.ts';
import type { DatabaseAddress, PlatformAddress } from '../infra/platform.ts';
import type { StackConfig } from './config.ts';
import type { PromotionArgs } from './promotion.ts';

/** What a platform declares for a promotion: where gates look, and what they clear. */
export interface Estate {
  readonly platform: pulumi.Output<PlatformAddress>;
  readonly database: pulumi.Output<DatabaseAddress>;
  readonly restorePoint: RestorePointConfig;
  /** Declares the migration job with the image that the guard cleared; its name on the platform. */
  migrationJob(guard: pulumi.Output<Receipt>, cleared: pulumi.Output<Receipt>[]): pulumi.Output<string>;
  /** Declares the apps that were cleared; service → revision. Undefined where the candidate gate puts them itself. */
  apps(cleared: pulumi.Output<Receipt>[]): pulumi.Output<Record<string, string>> | undefined;
}

/** Declares an estate under a promotion. */
export type DeclareEstate = (
  name: string,
  args: Omit<PromotionArgs, 'declareEstate'>,
  within: { readonly parent: pulumi.Resource },
) => Estate;

/** The estate of the platform that is configured. Each is loaded when it is asked for: that of Azure is large. */
export async function estateOf({ platform }: StackConfig): Promise<DeclareEstate> {
  switch (platform.kind) {
    case 'local':
      return (await import('./local-estate.ts')).localEstate(platform);
    case 'azure':
      return (await import('./azure-estate.ts')).azureEstate(platform);
    default:
      return platform satisfies never;
  }
}
