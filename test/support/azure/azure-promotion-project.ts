import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { delimiter, join, relative } from 'node:path';
import type { Client } from 'pg';
import { connect } from '../../../gates/kernel/database.ts';
import { openAzurePlatform } from '../../../infra/azure/open-azure-platform.ts';
import { imageDigest, importImage } from '../../../infra/local/images.ts';
import type { DatabaseAddress, DatabaseRole, Platform } from '../../../infra/platform.ts';
import { azureNativePlugin } from '../../../tools/engine/provider-plugin.ts';
import { databaseResource } from '../identity-endpoint.ts';
import { type Configuration, projectCopy } from '../project-copy.ts';
import { makeQuick, type PromotionProject, pointConfig } from '../promotion-project.ts';
import { type AzureEndpoint, azureEndpoint } from './azure-endpoint.ts';

/** The production program on an Azure of its own: see {@link azureEndpoint}. */
export interface AzurePromotionProject extends PromotionProject {
  readonly azure: AzureEndpoint;
  /** ARM id of the managed environment, and its resource group. */
  readonly environmentId: string;
  readonly resourceGroup: string;
  /** The platform as one of the server's roles has it. */
  platformAs(user: string): Platform;
  /** Where the application's database is; a test that moves it says so here. */
  database: DatabaseAddress;
}

const zero = '00000000-0000-0000-0000-000000000000';

/**
 * Makes a project of Pulumi.prod.yaml with its placeholders filled in, bounds of seconds, and nothing on Azure but the
 * registry that the file takes for granted. `postgres` is the server's major version.
 */
export async function azurePromotionProject(
  runner: 'in-process' | 'job' = 'in-process',
  postgres = 18,
): Promise<AzurePromotionProject> {
  let azure: AzureEndpoint | undefined;
  const copy = await projectCopy('prod', (env) => ({
    // Put first, the stand-in is taken also where the original is installed.
    PATH: [azureNativePlugin.standIn, env.PATH].join(delimiter),
  }));
  const { root, config } = copy;
  const directory = join(root, '.sallyport', 'azure');
  const { operator } = config.platform;
  azure = await azureEndpoint(directory, operator, postgres);
  Object.assign(copy.env, azure.variables);
  const registryId: string = config.platform.registry.existing;
  await azure.seed(registryId.split('/providers/')[0] ?? '', { location: 'westeurope' });
  await azure.seed(registryId, { location: 'westeurope', sku: { name: 'Standard' }, properties: {} });

  makeQuick(config);
  Object.assign(config.platform, {
    endpoint: azure.endpoint,
    protect: false,
    database: { ...config.platform.database, port: azure.database.port },
    server: { ...config.platform.server, version: String(postgres) },
    gates: runner === 'job' ? { runner, image: await gatesImage(copy.root, directory) } : { runner },
  });
  config['api-token'] = 'planted-api-token';
  // Declared, and not asked for: rehearsals are left out.
  config['rehearse-shadow-url'] = 'postgres://planted:planted-password@127.0.0.1:1/postgres';
  config.change.window = {
    timeZone: 'UTC',
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    from: '00:00',
    to: '24:00',
  };
  for (const service of Object.values<Configuration>(config.release.services)) service.replicas = 1;

  const { name } = config.platform;
  const users = {
    gates: runner === 'job' ? `${name}-gates` : operator.name,
    migrator: `${name}-migrate`,
    app: `${name}-apps`,
  };
  const database: DatabaseAddress = {
    host: '127.0.0.1',
    port: azure.database.port,
    database: 'app',
    tls: false,
    users,
  };
  const { databaseToken, armToken } = azure;
  const environmentId = `/subscriptions/${zero}/resourceGroups/${name}/providers/Microsoft.App/managedEnvironments/${name}-env`;
  const platformAs = (user: string) =>
    openAzurePlatform(
      {
        kind: 'azure',
        subscriptionId: zero,
        resourceGroup: name,
        environmentId,
        endpoint: azure.endpoint,
      },
      {
        getToken: async (scope) => ({
          token: String(scope).startsWith(databaseResource) ? databaseToken(user) : armToken,
          expiresOnTimestamp: Date.now() + 60_000,
        }),
      },
    );
  const sessions: Client[] = [];
  const project: AzurePromotionProject = {
    ...copy,
    azure,
    environmentId,
    resourceGroup: name,
    platformAs,
    database,
    directory,
    pointTo: async (release, own) => {
      const source = await pointConfig(copy, release, own);
      // An image is no folder there: what it was built from stands for it.
      config.rehearse.images = { api: relative(root, source) };
      // Gates in a job are given what is below the project's root.
      config.migrations.directory = relative(root, config.migrations.directory);
      config.migrations.legacyBaseline = relative(root, config.migrations.legacyBaseline);
      const digest = await imageDigest(source);
      await importImage(directory, source, digest);
      for (const service of Object.values<Configuration>(config.release.services)) {
        service.image = `shopregistry.azurecr.io/shop@sha256:${digest}`;
      }
    },
    platform: async () => platformAs(users.gates),
    session: async (role: DatabaseRole) => {
      const client = await connect(platformAs(users[role]), project.database, role, 'a test');
      sessions.push(client);
      return client;
    },
    remove: () =>
      copy.remove(async () => {
        await Promise.allSettled(sessions.map((client) => client.end()));
        await azure.close();
      }),
  };
  assert.equal(registryId.split('/').at(-1), 'shopregistry');
  await project.pointTo('first');
  return project;
}

/** The image of the gates' job: what the Dockerfile puts into it, and its entry point. */
async function gatesImage(root: string, directory: string): Promise<string> {
  const source = join(root, '.sallyport', 'gates-image');
  for (const name of ['gates', 'infra', 'package.json'])
    await cp(join(root, name), join(source, name), { recursive: true });
  await writeFile(join(source, 'entry-point.json'), JSON.stringify(['node', 'gates/run-in-job.ts']));
  const digest = await imageDigest(source);
  await importImage(directory, source, digest);
  return `shopregistry.azurecr.io/sallyport-gates@sha256:${digest}`;
}
