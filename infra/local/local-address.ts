/** The local platform has no subscription and one resource group; ARM paths need both. */
export const subscriptionId = '00000000-0000-0000-0000-000000000000';

/** The one resource group of the local platform, in lower case. */
export const resourceGroup = 'sallyport';

/** ARM id of the local managed environment. */
export const environmentId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.App/managedEnvironments/local`;
