import { getSharedKeysOutput } from '@pulumi/azure-native/operationalinsights/getSharedKeys.js';
import { Workspace } from '@pulumi/azure-native/operationalinsights/workspace.js';
import * as pulumi from '@pulumi/pulumi';
import { resourceGroupIn } from './arm-id.ts';
import type { Place } from './place.ts';

/** Where the environment's console logs go. */
export function workspace(name: string, { platform, names, ...place }: Place, opts: pulumi.CustomResourceOptions) {
  const { logs, location } = platform;
  if ('existing' in logs) return Workspace.get(name, logs.existing, opts);
  return new Workspace(
    name,
    {
      resourceGroupName: place.resourceGroup,
      workspaceName: names.logs,
      location,
      sku: { name: 'PerGB2018' },
      retentionInDays: logs.retentionDays,
    },
    opts,
  );
}

/** The key by which the environment writes into a workspace: a secret, in the state only encrypted. */
export function workspaceKey(logs: Workspace, opts: pulumi.InvokeOutputOptions): pulumi.Output<string> {
  const resourceGroupName = logs.id.apply(resourceGroupIn);
  const keys = getSharedKeysOutput({ resourceGroupName, workspaceName: logs.name }, opts);
  return pulumi.secret(
    keys.apply(({ primarySharedKey }) => {
      if (primarySharedKey !== undefined) return primarySharedKey;
      throw new pulumi.RunError('the workspace gave no shared key; who runs this needs to list its keys');
    }),
  );
}
