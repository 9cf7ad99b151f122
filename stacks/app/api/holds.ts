import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Pool } from 'pg';
import { Hold, HoldList, NewHold } from '../contract.ts';
import { json, jsonBody } from './json.ts';
import { problemContent, refuse } from './problem.ts';

const COLUMNS = `id, subject, reason, case_id as "caseId", placed_at as "placedAt", released_at as "releasedAt"`;
const SELECT_HOLDS = `select ${COLUMNS} from holds order by released_at desc nulls first, placed_at desc limit 200`;
const INSERT_HOLD = `
  insert into holds (subject, reason) values ($1, $2)
  on conflict (subject) where released_at is null do nothing returning ${COLUMNS}`;
const RELEASE_HOLD = `update holds set released_at = now() where id = $1 and released_at is null returning ${COLUMNS}`;
const HOLD_EXISTS = 'select 1 from holds where id = $1';

type HoldRow = z.infer<typeof Hold>;

const listHolds = createRoute({
  method: 'get',
  path: '/holds',
  responses: { 200: json(HoldList, 'Active before released') },
});

const placeHold = createRoute({
  method: 'post',
  path: '/holds',
  security: [{ bearer: [] }],
  request: { body: jsonBody(NewHold) },
  responses: { 201: json(Hold, 'Placed'), 409: problemContent('The subject is on hold already') },
});

const releaseHold = createRoute({
  method: 'post',
  path: '/holds/{id}/release',
  security: [{ bearer: [] }],
  request: { params: z.object({ id: z.coerce.number().int().positive() }) },
  responses: {
    200: json(Hold, 'Released'),
    404: problemContent('There is no such hold'),
    409: problemContent('It is released already'),
  },
});

/** Holds: at most one active a subject. */
export function addHolds(api: OpenAPIHono, database: Pool): void {
  api.openapi(listHolds, async (c) => {
    const { rows } = await database.query<HoldRow>(SELECT_HOLDS);
    return c.json({ holds: rows }, 200);
  });

  api.openapi(placeHold, async (c) => {
    const { subject, reason } = c.req.valid('json');
    const [placed] = (await database.query<HoldRow>(INSERT_HOLD, [subject, reason])).rows;
    if (!placed) throw refuse(409, 'SUBJECT_ON_HOLD', `${subject} is on hold already`);
    return c.json(placed, 201);
  });

  api.openapi(releaseHold, async (c) => {
    const { id } = c.req.valid('param');
    const [released] = (await database.query<HoldRow>(RELEASE_HOLD, [id])).rows;
    if (released) return c.json(released, 200);
    const known = (await database.query(HOLD_EXISTS, [id])).rowCount === 1;
    throw known
      ? refuse(409, 'HOLD_RELEASED', `Hold ${id} is released already`)
      : refuse(404, 'HOLD_NOT_FOUND', `There is no hold ${id}`);
  });
}
