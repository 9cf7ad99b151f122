import { RoleAssignment } from '@pulumi/azure-native/authorization/roleAssignment.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Place } from './place.ts';
import { stableGuid } from './stable-guid.ts';

/** Roles that are the same in every subscription. */
const builtIn = {
  AcrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6',
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
} as const;

type BuiltInRole = keyof typeof builtIn;

/** What a principal may do, and where. */
export interface Assignment {
  /** A built-in role by name, or another by ARM id. */
  readonly role: BuiltInRole | { readonly id: pulumi.Input<string> };
  readonly principalId: pulumi.Input<string>;
  readonly principalType: 'ServicePrincipal' | 'User' | 'Group';
  readonly scope: pulumi.Input<string>;
}

/** Gives a principal a role at one resource. */
export function assignRole(
  name: string,
  { platform }: Pick<Place, 'platform'>,
  { role, principalId, principalType, scope }: Assignment,
  opts: pulumi.CustomResourceOptions,
): RoleAssignment {
  const definitions = `/subscriptions/${platform.subscription}/providers/Microsoft.Authorization/roleDefinitions`;
  return new RoleAssignment(
    name,
    {
      roleAssignmentName: stableGuid(platform, name),
      roleDefinitionId: typeof role === 'string' ? `${definitions}/${builtIn[role]}` : role.id,
      principalId,
      principalType,
      scope,
    },
    // The service knows it by its name: the new one cannot be there beside the old one.
    { ...opts, deleteBeforeReplace: true },
  );
}
