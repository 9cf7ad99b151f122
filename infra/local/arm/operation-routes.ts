import { Hono } from 'hono';
import { type ArmContext, operationHeaders } from './arm-context.ts';
import { notFound } from './arm-failure.ts';
import { readOperation } from './operations.ts';

/** Where a client asks how its long-running operation is going: Azure-AsyncOperation and Location. */
export function operationRoutes(context: ArmContext): Hono {
  const routes = new Hono();

  routes.get('/operationStatuses/:id', async (c) => {
    const id = c.req.param('id');
    const operation = await readOperation(context.paths.operations, id);
    if (!operation) throw notFound('operationStatuses', id);
    const { status, error } = operation;
    return c.json({ id: c.req.path, name: id, status, ...(error && { error }) }, 200, { 'retry-after': '0' });
  });

  routes.get('/operationResults/:id', async (c) => {
    const id = c.req.param('id');
    const operation = await readOperation(context.paths.operations, id);
    if (!operation) throw notFound('operationResults', id);
    switch (operation.status) {
      case 'InProgress': {
        const { location = '' } = operationHeaders(c, context, id);
        return c.body(null, 202, { location, 'retry-after': '0' });
      }
      case 'Succeeded':
        return operation.result === undefined ? c.body(null, 200) : c.json(operation.result as object);
      case 'Failed':
        return c.json({ error: operation.error }, 400);
      default:
        return operation.status satisfies never;
    }
  });
  return routes;
}
