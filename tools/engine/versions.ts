import packageJson from '../../package.json' with { type: 'json' };

/** The engine's version: that of the official launcher in package.json. `cli/go.mod` repeats it, and a test compares. */
export const engineVersion: string = packageJson.devDependencies.pulumi;

/** The version of @pulumi/command and of its provider plugin. */
export const commandVersion: string = packageJson.dependencies['@pulumi/command'];

/** The version of @pulumi/azure-native and of its provider plugin. */
export const azureNativeVersion: string = packageJson.dependencies['@pulumi/azure-native'];
