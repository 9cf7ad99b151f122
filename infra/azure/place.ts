import type * as pulumi from '@pulumi/pulumi';
import type { AzurePlatform } from '../../stacks/azure-config.ts';
import type { AzureNames } from './names.ts';

/** Where the resources of an estate go, and what they are called. */
export interface Place {
  readonly platform: AzurePlatform;
  readonly names: AzureNames;
  /** Name of the resource group, known once it is there. */
  readonly resourceGroup: pulumi.Output<string>;
}
