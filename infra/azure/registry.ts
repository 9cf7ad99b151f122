import { Registry } from '@pulumi/azure-native/containerregistry/registry.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Place } from './place.ts';

/** The registry that images are pulled from, without an administrator's password. */
export function registry(
  name: string,
  { platform, names, ...place }: Place,
  opts: pulumi.CustomResourceOptions,
): Registry {
  const settings = platform.registry;
  if ('existing' in settings) return Registry.get(name, settings.existing, opts);
  return new Registry(
    name,
    {
      resourceGroupName: place.resourceGroup,
      registryName: names.registry,
      location: platform.location,
      sku: { name: settings.sku },
      adminUserEnabled: false,
    },
    opts,
  );
}
