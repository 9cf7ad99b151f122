import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Pool } from 'pg';
import { Case, CaseList, CloseCase, caseStatuses } from '../contract.ts';
import { json, jsonBody } from './json.ts';
import { problemContent, refuse } from './problem.ts';

const COLUMNS = `
  cases.id, event_id as "eventId", events.subject, events.risk_score as score, status, priority,
  opened_at as "openedAt", closed_at as "closedAt", resolution`;
const SELECT_CASES = `
  select ${COLUMNS} from cases join events on events.id = cases.event_id
  where $1::text is null or status = $1
  order by status desc, priority desc, opened_at limit 200`;
const CLOSE_CASE = `
  update cases set status = 'closed', closed_at = now(), resolution = $2 from events
  where cases.id = $1 and status = 'open' and events.id = cases.event_id returning ${COLUMNS}`;
const CASE_EXISTS = 'select 1 from cases where id = $1';

type CaseRow = z.infer<typeof Case>;

const listCases = createRoute({
  method: 'get',
  path: '/cases',
  request: { query: z.object({ status: z.enum(caseStatuses).optional() }) },
  responses: { 200: json(CaseList, 'Open before closed, urgent first'), 400: problemContent('No such status') },
});

const closeCase = createRoute({
  method: 'post',
  path: '/cases/{id}/close',
  security: [{ bearer: [] }],
  request: { params: z.object({ id: z.coerce.number().int().positive() }), body: jsonBody(CloseCase) },
  responses: {
    200: json(Case, 'Closed'),
    404: problemContent('There is no such case'),
    409: problemContent('It is closed already'),
  },
});

/** The case queue. */
export function addCases(api: OpenAPIHono, database: Pool): void {
  api.openapi(listCases, async (c) => {
    const { status } = c.req.valid('query');
    const { rows } = await database.query<CaseRow>(SELECT_CASES, [status ?? null]);
    return c.json({ cases: rows }, 200);
  });

  api.openapi(closeCase, async (c) => {
    const { id } = c.req.valid('param');
    const [closed] = (await database.query<CaseRow>(CLOSE_CASE, [id, c.req.valid('json').resolution])).rows;
    if (closed) return c.json(closed, 200);
    const known = (await database.query(CASE_EXISTS, [id])).rowCount === 1;
    throw known
      ? refuse(409, 'CASE_CLOSED', `Case ${id} is closed already`)
      : refuse(404, 'CASE_NOT_FOUND', `There is no case ${id}`);
  });
}
