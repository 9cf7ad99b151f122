import { RoleDefinition } from '@pulumi/azure-native/authorization/roleDefinition.js';
import type * as pulumi from '@pulumi/pulumi';
import { resourceGroupIn } from './arm-id.ts';
import type { Place } from './place.ts';
import { stableGuid } from './stable-guid.ts';

/**
 * What the gates call on the management API, and nothing more. No built-in role lets start a job and shift traffic
 * without letting read the secrets of apps and jobs (`listSecrets`), or run commands in them (`exec`).
 */
const actions = [
  'Microsoft.App/managedEnvironments/read',
  // A write of an app is refused to who may not put apps into its environment.
  'Microsoft.App/managedEnvironments/join/action',
  'Microsoft.App/containerApps/read',
  'Microsoft.App/containerApps/write',
  'Microsoft.App/containerApps/revisions/read',
  'Microsoft.App/containerApps/revisions/replicas/read',
  'Microsoft.App/containerApps/revisions/activate/action',
  'Microsoft.App/containerApps/revisions/deactivate/action',
  'Microsoft.App/jobs/read',
  'Microsoft.App/jobs/start/action',
  'Microsoft.App/jobs/stop/execution/action',
  'Microsoft.App/jobs/execution/read',
  'Microsoft.App/jobs/executions/read',
  'Microsoft.App/jobs/getAuthToken/action',
  'Microsoft.DBforPostgreSQL/flexibleServers/read',
  'Microsoft.DBforPostgreSQL/flexibleServers/backups/read',
  'Microsoft.OperationalInsights/workspaces/read',
  'Microsoft.OperationalInsights/workspaces/query/read',
  'Microsoft.OperationalInsights/workspaces/query/ContainerAppConsoleLogs/read',
  'Microsoft.OperationalInsights/workspaces/query/Tables.Custom/read',
];

/** For the restore point that is a backup of our own. */
const backups = [
  'Microsoft.DBforPostgreSQL/flexibleServers/backups/write',
  'Microsoft.DBforPostgreSQL/flexibleServers/backups/delete',
];

interface GatesRoleArgs {
  /** ARM id of the group in which gates promote. */
  readonly group: pulumi.Output<string>;
  /** ARM ids of resources in other groups at which the role is assigned too. */
  readonly brought: readonly string[];
  /** Whether restore points are backups of our own. */
  readonly takesBackups: boolean;
}

/** ARM id of the role of gates that run in a job. */
export function gatesRole(
  name: string,
  { platform, names }: Place,
  { group, brought, takesBackups }: GatesRoleArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const subscription = `/subscriptions/${platform.subscription}`;
  const others = [...new Set(brought.map(resourceGroupIn))];
  const role = new RoleDefinition(
    name,
    {
      // Not the subscription: who runs this may be the owner of no more than the group.
      scope: group,
      roleDefinitionId: stableGuid(platform, name),
      // Unique in the tenant.
      roleName: `Sallyport gates of ${platform.name} (${names.resourceGroup}, ${platform.subscription.slice(0, 8)})`,
      roleType: 'CustomRole',
      description: 'Starts the migration job, follows it, and shifts the traffic of apps.',
      permissions: [
        {
          actions: [...actions, ...(takesBackups ? backups : [])],
          notActions: [],
          dataActions: ['Microsoft.App/jobs/logstream/action'],
          notDataActions: [],
        },
      ],
      assignableScopes: [group, ...others.map((other) => `${subscription}/resourceGroups/${other}`)],
    },
    opts,
  );
  return role.id;
}
