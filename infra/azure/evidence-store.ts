import { BlobContainer } from '@pulumi/azure-native/storage/blobContainer.js';
import { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import * as pulumi from '@pulumi/pulumi';
import { nameIn, parentOf } from './arm-id.ts';
import type { Place } from './place.ts';

type Evidence = { readonly existing: string } | { readonly container: string };

/** The blob container by which gates in a job are asked, and their evidence comes back. Identities alone open it. */
export class EvidenceStore extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** `https://<account>.blob.core.windows.net/<container>`. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, place: Place, settings: Evidence, opts: pulumi.ComponentResourceOptions) {
    super('sallyport:azure:EvidenceStore', name, {}, opts);
    const within = { parent: this };
    const account = storageAccount(`${name}-account`, place, settings, within);
    const endpoint = account.primaryEndpoints.apply(({ blob }) => (blob.endsWith('/') ? blob : `${blob}/`));
    if ('existing' in settings) {
      this.id = pulumi.output(settings.existing);
      this.url = pulumi.interpolate`${endpoint}${nameIn(settings.existing)}`;
    } else {
      const container = new BlobContainer(
        `${name}-container`,
        {
          resourceGroupName: place.resourceGroup,
          accountName: account.name,
          containerName: settings.container,
          publicAccess: 'None',
        },
        { ...within, protect: place.platform.protect },
      );
      this.id = container.id;
      this.url = pulumi.interpolate`${endpoint}${container.name}`;
    }
    this.registerOutputs({ url: this.url });
  }
}

function storageAccount(
  name: string,
  { platform, names, ...place }: Place,
  settings: Evidence,
  opts: pulumi.CustomResourceOptions,
): StorageAccount {
  // …/storageAccounts/<account>/blobServices/default/containers/<container>
  if ('existing' in settings) return StorageAccount.get(name, parentOf(settings.existing, 2), opts);
  return new StorageAccount(
    name,
    {
      resourceGroupName: place.resourceGroup,
      accountName: names.storage,
      location: platform.location,
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: false,
      enableHttpsTrafficOnly: true,
      minimumTlsVersion: 'TLS1_2',
      // Whoever promotes is not in the network; what opens it is a token.
      publicNetworkAccess: 'Enabled',
    },
    { ...opts, protect: platform.protect },
  );
}
