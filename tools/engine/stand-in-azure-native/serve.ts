// Stand-in for the provider plugin of @pulumi/azure-native, for machines that cannot reach Pulumi's plugin download.
import { serveProvider } from '../stand-in/serve-provider.ts';
import { azureNativeVersion } from '../versions.ts';
import { armClient } from './arm-client.ts';
import { azureProvider } from './azure-provider.ts';
import { type ProviderSettings, providerSettings } from './provider-settings.ts';

const stopping = new AbortController();
let settings: ProviderSettings = providerSettings(process.env);
const arm = armClient(() => settings, stopping.signal);
const stop = async () => stopping.abort();

await serveProvider({ version: azureNativeVersion, ...azureProvider(() => settings, arm) }, stop, (configuration) => {
  settings = providerSettings(process.env, configuration);
});
