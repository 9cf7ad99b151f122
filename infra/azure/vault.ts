import { Secret } from '@pulumi/azure-native/keyvault/secret.js';
import { Vault } from '@pulumi/azure-native/keyvault/vault.js';
import * as pulumi from '@pulumi/pulumi';
import { nameIn, resourceGroupIn } from './arm-id.ts';
import type { Place } from './place.ts';

/** The key vault, and the address of each secret with its version: a rotation is a change that is seen. */
export class EstateVault extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Secret → `https://<vault>/secrets/<name>/<version>`. */
  readonly urls: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, place: Place, opts: pulumi.ComponentResourceOptions) {
    super('sallyport:azure:Vault', name, {}, opts);
    const within = { parent: this };
    const vault = keyVault(`${name}-vault`, place, within);
    this.id = vault.id;
    const uri = vault.properties.apply((properties) => uriOf(place.names.vault, properties));
    const own = new pulumi.Config('sallyport');
    const given = Object.entries(place.platform.secrets).map(([key, version]) => {
      if (version !== 'config') return [key, pulumi.interpolate`${uri}secrets/${key}/${version}`] as const;
      const args = {
        resourceGroupName: vault.id.apply(resourceGroupIn),
        vaultName: vault.id.apply(nameIn),
        secretName: key,
        properties: { value: own.requireSecret(key) },
      };
      const secret = new Secret(`${name}-${key}`, args, within);
      // Of this address alone: the resource's other outputs may hold the value.
      return [key, pulumi.unsecret(secret.properties).apply((made) => made.secretUriWithVersion)] as const;
    });
    this.urls = Object.fromEntries(given);
    this.registerOutputs({});
  }
}

function keyVault(name: string, { platform, names, ...place }: Place, opts: pulumi.CustomResourceOptions): Vault {
  if ('existing' in platform.vault) return Vault.get(name, platform.vault.existing, opts);
  return new Vault(
    name,
    {
      resourceGroupName: place.resourceGroup,
      vaultName: names.vault,
      location: platform.location,
      properties: {
        tenantId: platform.tenant,
        sku: { family: 'A', name: 'standard' },
        // Said, because the SDK says false where nothing is said, and role assignments would then count for nothing.
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: platform.protect ? 90 : 7,
        // It can never be taken back: a vault that is thrown away would keep its name for 90 days.
        ...(platform.protect && { enablePurgeProtection: true }),
        publicNetworkAccess: 'Enabled',
      },
    },
    { ...opts, protect: platform.protect },
  );
}

interface VaultProperties {
  readonly enableRbacAuthorization?: boolean;
  readonly vaultUri?: string;
}

function uriOf(name: string, { enableRbacAuthorization, vaultUri }: VaultProperties): string {
  // In a preview of a vault that is to be made or changed, its properties are those asked for: no address among them.
  const uri = vaultUri ?? (pulumi.runtime.isDryRun() ? `https://${name}.vault.azure.net/` : undefined);
  if (enableRbacAuthorization !== true || uri === undefined) {
    const needed = 'one with Azure RBAC: az keyvault update --enable-rbac-authorization true';
    throw new pulumi.RunError(`the key vault does not go by role assignments; needed ${needed}`);
  }
  return uri.endsWith('/') ? uri : `${uri}/`;
}
