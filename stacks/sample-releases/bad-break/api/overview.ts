import { createRoute, type OpenAPIHono, type z } from '@hono/zod-openapi';
import type { Pool } from 'pg';
import { Overview } from '../contract.ts';
import { json } from './json.ts';

const SELECT_OVERVIEW = `
  select
    (select count(*) from events) as events,
    (select count(*) from events where scored_at is null) as "unscoredEvents",
    (select max(id) from events) as "newestEventId",
    (select round(avg(risk_score), 1)::float8 from events) as "averageScore",
    (select count(*) from cases where status = 'open') as "openCases",
    (select count(*) from cases where status = 'open' and priority = 'urgent') as "urgentCases",
    (select count(*) from holds where released_at is null) as "activeHolds"`;

const getOverview = createRoute({ method: 'get', path: '/overview', responses: { 200: json(Overview) } });

/** The desk at a glance. */
export function addOverview(api: OpenAPIHono, database: Pool): void {
  api.openapi(getOverview, async (c) => {
    const { rows } = await database.query<z.infer<typeof Overview>>(SELECT_OVERVIEW);
    return c.json(Overview.parse(rows[0]), 200);
  });
}
