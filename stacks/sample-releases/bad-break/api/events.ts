import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Pool } from 'pg';
import { Event, EventList, NewEvent, Score } from '../contract.ts';
import { json, jsonBody } from './json.ts';
import { problemContent, refuse } from './problem.ts';

const COLUMNS = `id, reference, kind, subject, amount_cents as "amountCents", occurred_at as "occurredAt", risk_score as score`;
const SELECT_EVENTS = `select ${COLUMNS} from events where id < $1 order by id desc limit $2`;
const SELECT_BY_REFERENCE = `select ${COLUMNS} from events where reference = $1`;
const INSERT_EVENT = `
  insert into events (reference, kind, subject, amount_cents, occurred_at) values ($1, $2, $3, $4, $5)
  on conflict (reference) do nothing returning ${COLUMNS}`;
const SELECT_SCORE = `
  select id as "eventId", case when scored_at is null then 'pending' else 'scored' end as status,
    risk_score as score, score_reasons as reasons
  from events where id = $1`;

type EventRow = z.infer<typeof Event>;

const listEvents = createRoute({
  method: 'get',
  path: '/events',
  request: {
    query: z.object({
      before: z.coerce.number().int().positive().default(Number.MAX_SAFE_INTEGER),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
  },
  responses: { 200: json(EventList, 'Newest first'), 400: problemContent('The query is not understood') },
});

const submitEvent = createRoute({
  method: 'post',
  path: '/events',
  security: [{ bearer: [] }],
  request: { body: jsonBody(NewEvent) },
  responses: {
    200: json(Event, 'An event of this reference was there before'),
    201: json(Event, 'Taken'),
    400: problemContent('The body is not an event'),
  },
});

const getScore = createRoute({
  method: 'get',
  path: '/events/{id}/score',
  request: { params: z.object({ id: z.coerce.number().int().positive() }) },
  responses: { 200: json(Score), 404: problemContent('There is no such event') },
});

/** Events: take them in once each, list them, give their scores. */
export function addEvents(api: OpenAPIHono, database: Pool): void {
  api.openapi(listEvents, async (c) => {
    const { before, limit } = c.req.valid('query');
    const { rows } = await database.query<EventRow>(SELECT_EVENTS, [before, limit]);
    return c.json({ events: rows }, 200);
  });

  api.openapi(submitEvent, async (c) => {
    const { reference, kind, subject, amountCents, occurredAt } = c.req.valid('json');
    const values = [reference, kind, subject, amountCents, occurredAt];
    const [inserted] = (await database.query<EventRow>(INSERT_EVENT, values)).rows;
    if (inserted) return c.json(inserted, 201);
    const [known] = (await database.query<EventRow>(SELECT_BY_REFERENCE, [reference])).rows;
    if (!known) throw refuse(409, 'EVENT_VANISHED', `Event ${reference} was removed meanwhile; submit it again`);
    return c.json(known, 200);
  });

  api.openapi(getScore, async (c) => {
    const { id } = c.req.valid('param');
    const [score] = (await database.query<z.infer<typeof Score>>(SELECT_SCORE, [id])).rows;
    if (!score) throw refuse(404, 'EVENT_NOT_FOUND', `There is no event ${id}`);
    return c.json(score, 200);
  });
}
