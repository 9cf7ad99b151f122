import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Pool } from 'pg';
import { Health } from '../contract.ts';
import { reasonOf } from '../service/database.ts';
import { json } from './json.ts';

const getHealth = createRoute({
  method: 'get',
  path: '/healthz',
  responses: { 200: json(Health, 'Ready'), 503: json(Health, 'Cannot serve, and why') },
});
/** The table was forgotten: no migration of this release makes it, so this API is never ready. */
const READ_NOTES = 'select 1 from event_notes limit 1';

/** Health: ready when the notes can be read. */
export function addHealth(api: OpenAPIHono, database: Pool): void {
  api.openapi(getHealth, async (c) => {
    const reason = await database.query(READ_NOTES).then(
      () => undefined,
      (error) => `event_notes: ${reasonOf(error)}`,
    );
    return reason ? c.json({ status: 'unavailable' as const, reason }, 503) : c.json({ status: 'ok' as const }, 200);
  });
}
