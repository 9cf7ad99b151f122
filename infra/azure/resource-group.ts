import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import type { AzurePlatform } from '../../stacks/azure-config.ts';
import { namesOf } from './names.ts';

/** The group of everything that is made, or the one that is there. */
export function resourceGroup(
  name: string,
  platform: AzurePlatform,
  opts: pulumi.CustomResourceOptions,
): ResourceGroup {
  if ('existing' in platform.resourceGroup) return ResourceGroup.get(name, platform.resourceGroup.existing, opts);
  const { location } = platform;
  return new ResourceGroup(name, { resourceGroupName: namesOf(platform).resourceGroup, location }, opts);
}
