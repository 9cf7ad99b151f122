import { isDeepStrictEqual } from 'node:util';
import { type Context, Hono } from 'hono';
import { type ArmContext, checkBody, jsonBody, operationHeaders } from '../../../infra/local/arm/arm-context.ts';
import { ArmFailure } from '../../../infra/local/arm/arm-failure.ts';
import { beginOperation } from '../../../infra/local/arm/operations.ts';
import { type ArmId, keyOf, parseArmId } from './arm-id.ts';
import type { ArmType } from './arm-type.ts';
import { type ArmWorld, find, type Held, type Json } from './arm-world.ts';

/** Every type of resource that is not Microsoft.App's own: GET, PUT, DELETE and the few POST calls, by one table. */
export function resourceRoutes(
  world: ArmWorld,
  types: Readonly<Record<string, ArmType>>,
  operations: Pick<ArmContext, 'paths' | 'subscriptionId'>,
): Hono {
  const routes = new Hono();
  const context = operations as ArmContext;
  const busy = new Set<string>();

  const asked = (c: Context, path = c.req.path): { id: ArmId; type: ArmType } => {
    const id = parseArmId(decodeURIComponent(path));
    const type = id && types[id.type];
    if (!id || !type)
      throw new ArmFailure(404, 'InvalidResourceType', `there is no call ${c.req.method} ${c.req.path}.`);
    const version = c.req.query('api-version');
    // Reading by another version is common: each client has its own.
    if (c.req.method !== 'GET' && version !== type.apiVersion) {
      throw new ArmFailure(
        400,
        'NoRegisteredProviderFound',
        `${id.type} is written by ${type.apiVersion}, not ${version}.`,
      );
    }
    return { id, type };
  };
  const inTurn = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    if (busy.has(key)) throw new ArmFailure(409, 'AnotherOperationInProgress', 'Another operation is in progress.');
    busy.add(key);
    try {
      return await work();
    } finally {
      busy.delete(key);
    }
  };

  routes.get('*', (c) => {
    const { id, type } = asked(c);
    const held = find(world, id.id);
    if (held) return c.json(shown(type, held));
    throw new ArmFailure(404, 'ResourceNotFound', `The Resource '${id.type}/${id.name}' was not found.`);
  });

  routes.put('*', async (c) => {
    const { id, type } = asked(c);
    if (!type.name.test(id.name))
      throw new ArmFailure(400, 'InvalidResourceName', `'${id.name}' is no name of ${id.type}.`);
    requireParent(world, id);
    const body = checkBody(await jsonBody(c), type.body);
    const before = find(world, id.id);
    requireSame(type, id, before?.body, body);
    type.check?.(world, id, body, before);
    const made = type.made?.(world, id, body, before) ?? {};
    const held: Held = before ?? { id: id.id, type: id.type, name: id.name, body, made };
    const status = before ? 200 : 201;
    if (!type.settle) {
      world.resources.set(keyOf(id.id), Object.assign(held, { body, made }));
      return c.json(shown(type, held), status);
    }
    const settle = type.settle.bind(type);
    const operation = await beginOperation(context.paths.operations, () =>
      inTurn(keyOf(id.id), async () => {
        await settle(world, { ...held, body, made });
        world.resources.set(keyOf(id.id), Object.assign(held, { body, made }));
      }),
    );
    const { 'retry-after': _, ...headers } = operationHeaders(c, context, operation.id);
    return c.json(shown(type, { ...held, body, made }), status, { ...headers, 'retry-after': '0' });
  });

  routes.delete('*', async (c) => {
    const { id, type } = asked(c);
    const held = find(world, id.id);
    if (!held) return c.body(null, 204);
    const within = [...world.resources.keys()].filter((key) => key.startsWith(`${keyOf(id.id)}/`));
    const operation = await beginOperation(context.paths.operations, () =>
      inTurn(keyOf(id.id), async () => {
        await type.remove?.(world, held);
        for (const key of [keyOf(id.id), ...within]) world.resources.delete(key);
      }),
    );
    const { location = '' } = operationHeaders(c, context, operation.id);
    return c.body(null, 202, { location, 'retry-after': '0' });
  });

  routes.post('*', (c) => {
    const at = c.req.path.lastIndexOf('/');
    const { id, type } = asked(c, c.req.path.slice(0, at));
    const action = type.actions?.[c.req.path.slice(at + 1)];
    const held = find(world, id.id);
    if (!action || !held) throw new ArmFailure(404, 'ResourceNotFound', `there is no ${c.req.path}.`);
    return c.json(action(held));
  });
  return routes;
}

function shown(type: ArmType, { id, name, type: of, body, made }: Held): Json {
  const visible = structuredClone(body);
  for (const path of type.hidden ?? []) {
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    const holder = steps.reduce((value: Json | undefined, step) => value?.[step], visible);
    if (holder) delete holder[last];
  }
  const properties = { ...visible.properties, ...made };
  return { ...visible, id, name, type: of, ...(Object.keys(properties).length > 0 && { properties }) };
}

function requireParent(world: ArmWorld, { parent, type }: ArmId): void {
  const isTop = /^\/subscriptions\/[^/]+$/i.test(parent) || type.startsWith('microsoft.authorization/');
  // Blob services come with the account.
  const needed = parent.replace(/\/blobServices\/default$/i, '');
  if (isTop || find(world, needed)) return;
  throw new ArmFailure(404, 'ParentResourceNotFound', `'${needed}' was not found.`);
}

function requireSame(type: ArmType, id: ArmId, before: Json | undefined, after: Json): void {
  if (!before) return;
  const at = (body: Json, path: string) =>
    path.split('.').reduce((value: Json | undefined, step) => value?.[step], body);
  for (const path of type.fixed ?? []) {
    if (isDeepStrictEqual(at(before, path), at(after, path))) continue;
    throw new ArmFailure(400, 'PropertyChangeNotAllowed', `${path} of ${id.type} '${id.name}' cannot be changed.`);
  }
}
