// Stand-in for the provider plugin of @pulumi/azure-native, for machines that cannot reach Pulumi's plugin download.
import { serveProvider } from '../stand-in/serve-provider.ts';
import { azureNativeVersion } from '../versions.ts';
import { armClient } from './arm-client.ts';
import { azureProvider } from './azure-provider.ts';
import { providerSettings } from './provider-settings.ts';

const stopping = new AbortController();
const settings = providerSettings(process.env);
const provider = azureProvider(settings, armClient(settings, stopping.signal));

await serveProvider({ version: azureNativeVersion, ...provider }, async () => stopping.abort());
