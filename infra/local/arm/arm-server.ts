import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { requireAccess } from './access.ts';
import { appRoutes } from './app-routes.ts';
import type { ArmContext } from './arm-context.ts';
import { ArmFailure } from './arm-failure.ts';
import { jobRoutes } from './job-routes.ts';
import { logRoutes } from './log-routes.ts';
import { operationRoutes } from './operation-routes.ts';

/** The calls of Microsoft.App that promotion needs, answered as ARM answers them. */
export function armServer(context: ArmContext): Hono {
  const server = new Hono();
  server.use(async (c, next) => {
    await next();
    c.res.headers.set('x-ms-request-id', randomUUID());
  });
  server.onError((error, c) => {
    if (error instanceof ArmFailure) return c.json(errorBody(error.code, error.message), error.status);
    console.error(`${c.req.method} ${c.req.path}: ${error.stack}`);
    return c.json(errorBody('InternalServerError', 'Encountered internal server error; daemon.log has more.'), 500);
  });
  server.notFound((c) =>
    c.json(errorBody('NotFound', `The local platform has no call ${c.req.method} ${c.req.path}`), 404),
  );
  server.use(requireAccess(context.token));
  server.use(async (c, next) => {
    if (
      !c.req.path.endsWith('/logstream') &&
      !/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(c.req.query('api-version') ?? '')
    ) {
      throw new ArmFailure(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      );
    }
    await next();
  });
  server.use('/subscriptions/:subscription/*', async (c, next) => {
    if (c.req.param('subscription') !== context.subscriptionId) {
      throw new ArmFailure(
        404,
        'SubscriptionNotFound',
        `The subscription '${c.req.param('subscription')}' could not be found.`,
      );
    }
    await next();
  });
  server.use('/subscriptions/:subscription/resourceGroups/:group/*', async (c, next) => {
    const group = c.req.param('group');
    if (group.toLowerCase() !== context.resourceGroup) {
      throw new ArmFailure(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
    }
    await next();
  });
  const provider = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.App';
  server.route(provider, appRoutes(context));
  server.route(provider, jobRoutes(context));
  server.route(provider, logRoutes(context));
  server.route('/subscriptions/:subscription/providers/Microsoft.App/locations/local', operationRoutes(context));
  return server;
}

function errorBody(code: string, message: string): { error: { code: string; message: string } } {
  return { error: { code, message } };
}
