import { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/userAssignedIdentity.js';
import * as pulumi from '@pulumi/pulumi';
import { knownAfter } from './known-after.ts';
import type { Place } from './place.ts';
import { type Assignment, assignRole } from './role-assignment.ts';

type Grants = Readonly<Record<string, Pick<Assignment, 'role' | 'scope'>>>;

/** Who a container is: `apps` for what serves, `migrate` for the migration job, `gates` for gates that run in a job. */
export class IdentityWithRoles extends pulumi.ComponentResource {
  /** ARM id, known once the identity may do what it is there for. */
  readonly id: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;
  readonly principalId: pulumi.Output<string>;

  constructor(
    name: string,
    place: Place,
    kind: 'apps' | 'migrate' | 'gates',
    grants: Grants,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('sallyport:azure:Identity', name, {}, opts);
    const within = { parent: this };
    const { id, clientId, principalId } = identity(`${name}-identity`, place, kind, within);
    const assigned = Object.entries(place.platform.assignRoles ? grants : {}).map(([key, grant]) =>
      assignRole(`${name}-may-${key}`, place, { ...grant, principalId, principalType: 'ServicePrincipal' }, within),
    );
    this.id = knownAfter(
      id,
      assigned.map((each) => each.id),
    );
    this.clientId = clientId;
    this.principalId = principalId;
    this.registerOutputs({ id: this.id });
  }
}

function identity(
  name: string,
  { platform, names, resourceGroup }: Place,
  kind: 'apps' | 'migrate' | 'gates',
  opts: pulumi.CustomResourceOptions,
): UserAssignedIdentity {
  const settings = platform.identities[kind];
  if ('existing' in settings) return UserAssignedIdentity.get(name, settings.existing, opts);
  return new UserAssignedIdentity(
    name,
    { resourceGroupName: resourceGroup, resourceName: names.identities[kind], location: platform.location },
    opts,
  );
}
