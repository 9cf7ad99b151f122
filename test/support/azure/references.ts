import { ArmFailure } from '../../../infra/local/arm/arm-failure.ts';
import { keyOf } from './arm-id.ts';
import { type ArmWorld, find, type Held, hasRole, type Json, referred } from './arm-world.ts';
import { builtInRoles } from './types/authorization.ts';

const VAULT_URL =
  /^https:\/\/([A-Za-z0-9-]{3,24})\.vault\.azure\.net\/secrets\/([A-Za-z0-9-]{1,127})(?:\/([0-9a-f]{32}))?$/;

/** Refuses an app or a job that names an identity, a registry or a secret which is not there or not open to it. */
export function checkReferences(world: ArmWorld, body: Json): void {
  const { environmentId, configuration, template, workloadProfileName } = body.properties ?? {};
  const environment = referred(world, 'environmentId', String(environmentId), 'Microsoft.App/managedEnvironments');
  if (environment.body.location !== body.location) {
    throw new ArmFailure(400, 'InvalidLocation', `the environment is in ${environment.body.location}.`);
  }
  const profiles: Json[] = environment.body.properties.workloadProfiles ?? [];
  if (workloadProfileName !== undefined && !profiles.some(({ name }) => name === workloadProfileName)) {
    throw new ArmFailure(400, 'WorkloadProfileNotFound', `the environment has no profile ${workloadProfileName}.`);
  }
  const identities = Object.keys(body.identity?.userAssignedIdentities ?? {}).map((id) =>
    referred(world, 'identity', id, 'Microsoft.ManagedIdentity/userAssignedIdentities'),
  );
  if ((body.identity?.type ?? 'None').includes('UserAssigned') !== identities.length > 0) {
    throw new ArmFailure(400, 'InvalidIdentityType', 'identity.type and userAssignedIdentities do not agree.');
  }
  const own = (field: string, id: unknown): Held => {
    const held = identities.find((identity) => keyOf(identity.id) === keyOf(String(id)));
    if (held) return held;
    throw new ArmFailure(
      400,
      'IdentityNotAssigned',
      `${field}: '${id}' is not among the identities of the app or job.`,
    );
  };
  for (const { server, identity } of configuration?.registries ?? [])
    checkRegistry(world, server, own('registries', identity));
  for (const { name, keyVaultUrl, value, identity } of configuration?.secrets ?? []) {
    if ((value === undefined) === (keyVaultUrl === undefined)) {
      throw new ArmFailure(400, 'ContainerAppSecretInvalid', `'${name}': a value or a keyVaultUrl, one of both.`);
    }
    if (keyVaultUrl === undefined) continue;
    readVault(world, String(keyVaultUrl), own(`secrets.${name}`, identity));
  }
  for (const container of template?.containers ?? []) checkContainer(container, configuration, identities);
}

/** The value behind a reference; a 400 when it is not there, or not for this identity. */
export function readVault(world: ArmWorld, url: string, identity: Held): string {
  const [, vaultName = '', secretName = '', version] = VAULT_URL.exec(url) ?? [];
  const vault = [...world.resources.values()].find(
    ({ type, name }) => type === 'microsoft.keyvault/vaults' && name.toLowerCase() === vaultName.toLowerCase(),
  );
  const secret = vault && find(world, `${vault.id}/secrets/${secretName}`);
  if (!vault || !secret) throw new ArmFailure(400, 'SecretNotFound', `there is no secret behind '${url}'.`);
  if (version !== undefined && secret.made.secretUriWithVersion.split('/').at(-1) !== version) {
    throw new ArmFailure(400, 'SecretNotFound', `secret ${secretName} has no version ${version}.`);
  }
  if (!hasRole(world, identity.made.principalId, builtInRoles.keyVaultSecretsUser, secret.id)) {
    throw new ArmFailure(400, 'KeyVaultForbidden', `${identity.name} may not read secrets of ${vault.name}.`);
  }
  return secret.body.properties.value;
}

function checkRegistry(world: ArmWorld, server: string, identity: Held): void {
  const registry = [...world.resources.values()].find(({ made }) => made.loginServer === server);
  if (!registry) throw new ArmFailure(400, 'RegistryNotFound', `there is no registry ${server}.`);
  if (hasRole(world, identity.made.principalId, builtInRoles.acrPull, registry.id)) return;
  throw new ArmFailure(400, 'ImagePullUnauthorized', `${identity.name} may not pull from ${server}.`);
}

function checkContainer(container: Json, configuration: Json, identities: readonly Held[]): void {
  const registry = String(container.image).split('/')[0];
  const registries: Json[] = configuration?.registries ?? [];
  if (!registries.some(({ server }) => server === registry)) {
    throw new ArmFailure(400, 'ImagePullUnauthorized', `no registry is configured for ${container.image}.`);
  }
  const { cpu, memory } = container.resources ?? {};
  // The Consumption profile has these pairs only.
  const pairs = Array.from({ length: 16 }, (_, at) => (at + 1) / 4);
  if (!pairs.includes(cpu) || memory !== `${cpu * 2}Gi`) {
    throw new ArmFailure(400, 'ContainerAppInvalidResourceTotal', `cpu ${cpu} and memory ${memory} are no pair.`);
  }
  const variable = (container.env ?? []).find(({ name }: Json) => name === 'AZURE_CLIENT_ID');
  const secrets: Json[] = configuration?.secrets ?? [];
  const clientId = variable?.value ?? secrets.find(({ name }) => name === variable?.secretRef)?.value;
  if (clientId !== undefined && !identities.some(({ made }) => made.clientId === clientId)) {
    throw new ArmFailure(400, 'IdentityNotAssigned', 'AZURE_CLIENT_ID is of no identity of the app or job.');
  }
}
