import { timingSafeEqual } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { Pool } from 'pg';
import { reasonOf } from '../service/database.ts';
import { addCases } from './cases.ts';
import { addEvents } from './events.ts';
import { addHealth } from './health.ts';
import { addHolds } from './holds.ts';
import { addOverview } from './overview.ts';
import { problem } from './problem.ts';

const DOCUMENT = { openapi: '3.1.0', info: { title: 'Integrity desk', version: '1.0.0' } };

/** The desk's API: reading is open to the network it stands in, every change needs the token. */
export function createApi(database: Pool, token: string): OpenAPIHono {
  const api = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      const detail = result.error.issues
        .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
        .join('; ');
      return problem(400, 'REQUEST_INVALID', detail);
    },
  });
  api.use(async (c, next) => {
    if (c.req.method === 'POST' && !isBearer(c.req.header('authorization'), token)) {
      return problem(401, 'TOKEN_REQUIRED', 'Send "authorization: Bearer <token>"');
    }
    return next();
  });
  addHealth(api, database);
  addOverview(api, database);
  addEvents(api, database);
  addCases(api, database);
  addHolds(api, database);
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  api.doc31('/openapi.json', DOCUMENT);
  api.notFound((c) => problem(404, 'ROUTE_NOT_FOUND', `${c.req.method} ${c.req.path} is not here; see /openapi.json`));
  api.onError((error, c) => {
    if (error instanceof HTTPException) {
      return error.res ? error.getResponse() : problem(error.status as 400, 'REQUEST_INVALID', error.message);
    }
    console.error(`api: ${c.req.method} ${c.req.path} failed: ${reasonOf(error)} ${error.message}`);
    return problem(500, 'INTERNAL_ERROR', 'The request could not be answered; the log of the API says why');
  });
  return api;
}

function isBearer(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
