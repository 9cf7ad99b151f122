import { secret } from '../stand-in/engine-values.ts';
import type { ArmClient } from './arm-client.ts';
import { type Json, outputsOf } from './body.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { resourcePath, resourceTypes } from './resource-types.ts';

/** A function of @pulumi/azure-native: who runs this, the keys of a workspace, or a resource that is there. */
export async function invoke(settings: ProviderSettings, arm: ArmClient, token: string, args: Json): Promise<Json> {
  const name = token.replace('azure-native:', '');
  switch (name) {
    case 'authorization:getClientConfig':
      return clientConfig(settings);
    case 'operationalinsights:getSharedKeys':
    case 'operationalinsights:getWorkspaceSharedKeys':
      return sharedKeys(settings, arm, args);
    default:
      return readExisting(settings, arm, name, args);
  }
}

function clientConfig({ identity, subscriptionId }: ProviderSettings): Json {
  const { clientId, objectId, tenantId } = identity;
  if (tenantId === undefined || objectId === undefined) {
    throw new Error(
      'found no identity of whoever runs this; needed its tenant and object id. Do: set ARM_TENANT_ID, ARM_OBJECT_ID and, for an application, ARM_CLIENT_ID.',
    );
  }
  return { clientId: clientId ?? '', objectId, tenantId, subscriptionId: subscriptionId() };
}

async function sharedKeys(settings: ProviderSettings, arm: ArmClient, args: Json): Promise<Json> {
  const type = resourceType('operationalinsights:Workspace');
  const keys = await arm.post(`${resourcePath(type, settings.subscriptionId, args)}/sharedKeys`, type.apiVersion);
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, secret(key)]));
}

/** `getServer` reads a Server. */
async function readExisting(settings: ProviderSettings, arm: ArmClient, name: string, args: Json): Promise<Json> {
  const type = resourceType(name.replace(':get', ':'));
  const path = resourcePath(type, settings.subscriptionId, args);
  const answer = await arm.get(path, type.apiVersion);
  if (answer === undefined) throw new Error(`${name}: there is no ${path}`);
  return { ...outputsOf(type, answer), id: answer.id };
}

function resourceType(name: string) {
  const type = resourceTypes[name];
  if (type === undefined) throw new Error(`the stand-in knows no function of azure-native:${name}`);
  return type;
}
