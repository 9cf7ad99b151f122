import type { AzurePlatform } from '../../stacks/azure-config.ts';
import { nameIn, parentOf } from './arm-id.ts';

type Named = { readonly existing: string } | { readonly name?: string | undefined };

/** What everything of an estate is called: as configured, as it is called already, or made of the estate's name. */
export function namesOf(platform: AzurePlatform) {
  const { name, gates } = platform;
  // Registries and storage accounts take no dashes.
  const plain = name.replaceAll('-', '');
  const evidence: Named = gates.runner === 'job' ? gates.evidence : {};
  return {
    resourceGroup: nameOf(platform.resourceGroup, name),
    logs: nameOf(platform.logs, `${name}-logs`),
    network: ('name' in platform.network ? platform.network.name : undefined) ?? `${name}-net`,
    environment: nameOf(platform.environment, `${name}-env`),
    registry: nameOf(platform.registry, `${plain}registry`),
    vault: nameOf(platform.vault, `${name}-vault`),
    server: nameOf(platform.server, `${name}-db`),
    storage: 'existing' in evidence ? nameIn(parentOf(evidence.existing, 2)) : nameOf(evidence, `${plain}evidence`),
    identities: {
      apps: nameOf(platform.identities.apps, `${name}-apps`),
      migrate: nameOf(platform.identities.migrate, `${name}-migrate`),
      gates: nameOf(platform.identities.gates, `${name}-gates`),
    },
  };
}

export type AzureNames = ReturnType<typeof namesOf>;

function nameOf(settings: Named, made: string): string {
  return 'existing' in settings ? nameIn(settings.existing) : (settings.name ?? made);
}

/** ARM id of the server, known before it is made. */
export function serverIdOf(platform: AzurePlatform): string {
  if ('existing' in platform.server) return platform.server.existing;
  const group = `/subscriptions/${platform.subscription}/resourceGroups/${namesOf(platform).resourceGroup}`;
  return `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${namesOf(platform).server}`;
}
