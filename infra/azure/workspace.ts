import { getSharedKeys } from '@pulumi/azure-native/operationalinsights/getSharedKeys.js';
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
export function workspaceKey(logs: Workspace, opts: pulumi.InvokeOptions): pulumi.Output<string> {
  const key = pulumi
    .all([logs.id.apply(resourceGroupIn), logs.name])
    .apply(async ([resourceGroupName, workspaceName]) => {
      // A call that fails would end the program with the stack trace of its runtime.
      const keys = await getSharedKeys({ resourceGroupName, workspaceName }, opts).catch((error: Error) => {
        throw new pulumi.RunError(`the keys of workspace ${workspaceName} could not be listed: ${error.message}`);
      });
      if (keys.primarySharedKey !== undefined) return keys.primarySharedKey;
      throw new pulumi.RunError('the workspace gave no shared key; who runs this needs to list its keys');
    });
  return pulumi.secret(key);
}
