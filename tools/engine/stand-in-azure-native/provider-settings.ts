import { plain } from '../stand-in/engine-values.ts';
import type { ProviderConfiguration } from '../stand-in/serve-provider.ts';

/** What the provider is told beside its resources: its configuration, else ARM_* variables. */
export interface ProviderSettings {
  /** Of the ARM endpoint, on loopback; asked for at the first call. */
  readonly endpoint: () => string;
  readonly subscriptionId: () => string;
  /** Where a resource is made that names no region. */
  readonly location: string | undefined;
  readonly identity: { readonly clientId?: string; readonly objectId?: string; readonly tenantId?: string };
  /** How long one operation may take. */
  readonly operationSeconds: number;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Reads the settings. What is missing or not allowed is said when it is needed: a preview needs none of it. */
export function providerSettings(env: NodeJS.ProcessEnv, configuration: ProviderConfiguration = {}): ProviderSettings {
  const setting = (key: string, variable: string) => {
    const value = plain(configuration[key]);
    return typeof value === 'string' ? value : env[variable];
  };
  return {
    endpoint: () => loopbackEndpoint(env.ARM_ENDPOINT),
    subscriptionId: () => {
      const found = setting('subscriptionId', 'ARM_SUBSCRIPTION_ID');
      if (found) return found;
      throw new Error(
        'found no subscription; needed its id. Do: pulumi config set azure-native:subscriptionId <id>, or set ARM_SUBSCRIPTION_ID.',
      );
    },
    location: setting('location', 'ARM_LOCATION'),
    identity: {
      clientId: setting('clientId', 'ARM_CLIENT_ID'),
      tenantId: setting('tenantId', 'ARM_TENANT_ID'),
      objectId: env.ARM_OBJECT_ID,
    },
    operationSeconds: Number(env.ARM_OPERATION_SECONDS ?? 1_800),
  };
}

/** Refuses whatever is not on this machine: the stand-in is not the provider, and must never touch a subscription. */
function loopbackEndpoint(endpoint: string | undefined): string {
  const url = endpoint !== undefined && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && LOOPBACK.has(url.hostname)) return url.origin;
  throw new Error(
    `found ${endpoint === undefined ? 'no ARM_ENDPOINT' : `ARM_ENDPOINT=${endpoint}`}; needed a loopback address such as http://127.0.0.1:8080, ` +
      'because this is a stand-in for the plugin of @pulumi/azure-native, which never speaks to Azure. ' +
      'Do: let this machine reach https://get.pulumi.com, or bring the plugin with `pulumi plugin install resource azure-native`.',
  );
}
