import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Pool } from 'pg';
import { Health } from '../contract.ts';
import { databaseTrouble } from '../service/database.ts';
import { json } from './json.ts';

const getHealth = createRoute({
  method: 'get',
  path: '/healthz',
  responses: { 200: json(Health, 'Ready'), 503: json(Health, 'Cannot serve, and why') },
});

/** Health: ready when the database answers. */
export function addHealth(api: OpenAPIHono, database: Pool): void {
  api.openapi(getHealth, async (c) => {
    const reason = await databaseTrouble(database);
    return reason ? c.json({ status: 'unavailable' as const, reason }, 503) : c.json({ status: 'ok' as const }, 200);
  });
}
