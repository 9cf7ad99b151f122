import { join } from 'node:path';
import { Hono } from 'hono';
import { replicaName, replicaRun } from '../jobs/job-record.ts';
import { readIfThere } from '../write-atomic.ts';
import { streamToken } from './access.ts';
import { type ArmContext, originOf, resourceId } from './arm-context.ts';
import { notFound } from './arm-failure.ts';

const TAIL_LIMIT = 10_000;

/** The log stream of job executions: where it is, the token for it, and the lines. */
export function logRoutes(context: ArmContext): Hono {
  const routes = new Hono();
  const { jobs, paths } = context;

  routes.post('/jobs/:job/getAuthToken', (c) => {
    jobs.get(c.req.param('job'));
    const { token, expires } = streamToken(context.token);
    return c.json({ properties: { token, expires: expires.toISOString() } });
  });

  routes.get('/jobs/:job/executions/:execution/replicas', (c) => {
    const execution = jobs.execution(c.req.param('job'), c.req.param('execution'));
    const container = execution.template.containers[0]?.name;
    const value = execution.replicas.map((_, index) => {
      const name = replicaName(execution, index);
      const path = resourceId(context, `jobs/${execution.job}/executions/${execution.name}/replicas/${name}`);
      const logStreamEndpoint = `${originOf(c)}${path}/containers/${container}/logstream`;
      return { name, properties: { containers: [{ name: container, logStreamEndpoint }] } };
    });
    return c.json({ value });
  });

  routes.get('/jobs/:job/executions/:execution/replicas/:replica/containers/:container/logstream', async (c) => {
    const execution = jobs.execution(c.req.param('job'), c.req.param('execution'));
    const asked = Number(c.req.query('tailLines') ?? 300);
    const tail = Number.isInteger(asked) && asked > 0 ? Math.min(asked, TAIL_LIMIT) : 300;
    const index = execution.replicas.findIndex((_, at) => replicaName(execution, at) === c.req.param('replica'));
    if (index === -1) throw notFound(`jobs/${execution.job}/executions/replicas`, c.req.param('replica'));
    const text = (await readIfThere(join(replicaRun(paths.executions, execution, index), 'log'))) ?? '';
    const lines = text
      .split('\n')
      .slice(0, text.endsWith('\n') ? -1 : undefined)
      .slice(-tail);
    const body = lines.map((line) => `${JSON.stringify({ Log: line })}\n`).join('');
    return c.body(text === '' ? '' : body, 200, { 'content-type': 'application/x-ndjson' });
  });
  return routes;
}
