import { ArmFailure } from '../../../infra/local/arm/arm-failure.ts';
import { keyOf } from './arm-id.ts';

/** A JSON object. */
// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, checked by their schemas
export type Json = Record<string, any>;

/** A resource as the endpoint holds it: what was asked for, and what the service made of it. */
export interface Held {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  body: Json;
  /** Shown in `properties` beside what was asked for. */
  made: Json;
}

/** What the subscription holds, whatever its type. */
export interface ArmWorld {
  readonly resources: Map<string, Held>;
  /** Object ids that Microsoft Entra knows beside those of the identities. */
  readonly principals: Set<string>;
  readonly tenantId: string;
}

/** The resource with this id, or undefined. */
export function find(world: ArmWorld, id: string): Held | undefined {
  return world.resources.get(keyOf(id));
}

/** The resource that a body names; a 400 when there is none of that type. */
export function referred(world: ArmWorld, field: string, id: string, type: string): Held {
  const held = find(world, id);
  if (held?.type === type.toLowerCase()) return held;
  throw new ArmFailure(400, 'LinkedInvalidPropertyId', `${field}: '${id}' is no ${type} that exists.`);
}

/** Whether the principal has the role at the resource or above it. */
export function hasRole(world: ArmWorld, principalId: string, roleId: string, scope: string): boolean {
  return [...world.resources.values()].some(({ type, body, id }) => {
    if (type !== 'microsoft.authorization/roleassignments') return false;
    const { principalId: holder, roleDefinitionId } = body.properties;
    const at = keyOf(id).split('/providers/microsoft.authorization/')[0] ?? '';
    return holder === principalId && keyOf(roleDefinitionId).endsWith(roleId) && keyOf(scope).startsWith(at);
  });
}
