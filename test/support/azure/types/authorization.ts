import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ArmFailure } from '../../../../infra/local/arm/arm-failure.ts';
import { keyOf } from '../arm-id.ts';
import { type ArmType, regional, tags } from '../arm-type.ts';
import { type ArmWorld, find } from '../arm-world.ts';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Roles of every subscription that the estate gives. */
export const builtInRoles = {
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  logAnalyticsReader: '73c42c96-874c-492b-b04d-ab87d138a893',
  monitoringReader: '43d0d8ad-25c7-4714-9337-8ba259a9fe05',
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  containerAppsContributor: '358470bc-b998-42bd-ab17-a7e34c199c0f',
  containerAppsJobsContributor: '4e3d2b60-56ae-4dc6-a233-09c8e5a82e68',
} as const;

/** A GUID that is the same for the same text. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text.toLowerCase()).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** Identities, roles and who has them. */
export const authorizationTypes: Readonly<Record<string, ArmType>> = {
  'microsoft.resources/resourcegroups': {
    apiVersion: '2024-03-01',
    name: /^[\w.()-]{0,89}[\w()-]$/,
    body: z.strictObject({ location: z.string(), tags, managedBy: z.string().optional() }),
    fixed: ['location', 'managedBy'],
  },
  'microsoft.managedidentity/userassignedidentities': {
    apiVersion: '2023-01-31',
    name: /^[A-Za-z0-9][\w-]{2,127}$/,
    body: regional({}),
    fixed: ['location'],
    made: (world, { id }) => ({
      principalId: guidOf(`principal ${id}`),
      clientId: guidOf(`client ${id}`),
      tenantId: world.tenantId,
    }),
  },
  'microsoft.authorization/roledefinitions': {
    apiVersion: '2022-05-01-preview',
    name: guid,
    body: z.strictObject({
      properties: z.strictObject({
        roleName: z.string().min(1).max(512),
        description: z.string().max(1_024).optional(),
        type: z.literal('CustomRole').optional(),
        assignableScopes: z.array(z.string().startsWith('/')).min(1),
        permissions: z
          .array(
            z.strictObject({
              actions: z.array(z.string().regex(/^[\w.]+(\/[\w.*]+)+$/, 'Provider/type/action')),
              notActions: z.array(z.string()).optional(),
              dataActions: z.array(z.string()).optional(),
              notDataActions: z.array(z.string()).optional(),
            }),
          )
          .length(1),
      }),
    }),
    check: (world, { id }, { properties }) => {
      const taken = [...world.resources.values()].some(
        (other) =>
          other.type === 'microsoft.authorization/roledefinitions' &&
          other.body.properties.roleName === properties.roleName &&
          keyOf(other.id) !== keyOf(id),
      );
      if (taken) throw new ArmFailure(409, 'RoleDefinitionWithSameNameExists', `${properties.roleName} exists.`);
      for (const scope of properties.assignableScopes) requireScope(world, scope);
    },
  },
  'microsoft.authorization/roleassignments': {
    apiVersion: '2022-04-01',
    name: guid,
    body: z.strictObject({
      properties: z.strictObject({
        roleDefinitionId: z.string(),
        principalId: z.string().regex(guid),
        principalType: z.enum(['ServicePrincipal', 'User', 'Group']),
        description: z.string().optional(),
        condition: z.string().optional(),
        conditionVersion: z.literal('2.0').optional(),
      }),
    }),
    check: (world, { parent, id }, { properties }, before) => {
      const { principalId, roleDefinitionId } = properties;
      if (before) throw new ArmFailure(400, 'RoleAssignmentUpdateNotPermitted', 'A role assignment cannot be changed.');
      requireScope(world, parent);
      requireRole(world, roleDefinitionId);
      if (!knowsPrincipal(world, principalId)) {
        throw new ArmFailure(400, 'PrincipalNotFound', `Principal ${principalId} does not exist in the directory.`);
      }
      const again = [...world.resources.values()].some(
        (other) =>
          other.type === 'microsoft.authorization/roleassignments' &&
          other.body.properties.principalId === principalId &&
          keyOf(other.body.properties.roleDefinitionId) === keyOf(roleDefinitionId) &&
          keyOf(other.id).startsWith(`${keyOf(parent)}/providers/microsoft.authorization/`) &&
          keyOf(other.id) !== keyOf(id),
      );
      if (again) throw new ArmFailure(409, 'RoleAssignmentExists', 'The role assignment already exists.');
    },
  },
};

function requireScope(world: ArmWorld, scope: string): void {
  if (/^\/subscriptions\/[0-9a-f-]{36}$/i.test(scope) || find(world, scope)) return;
  throw new ArmFailure(404, 'ResourceNotFound', `The scope '${scope}' was not found.`);
}

function requireRole(world: ArmWorld, id: string): void {
  const builtIn = Object.values(builtInRoles).some((role) =>
    new RegExp(`/providers/Microsoft\\.Authorization/roleDefinitions/${role}$`, 'i').test(id),
  );
  if (builtIn || find(world, id)) return;
  throw new ArmFailure(404, 'RoleDefinitionDoesNotExist', `The role definition '${id}' does not exist.`);
}

function knowsPrincipal(world: ArmWorld, principalId: string): boolean {
  const identities = [...world.resources.values()].map(({ made }) => made.principalId);
  return world.principals.has(principalId) || identities.includes(principalId);
}
