import { Hono } from 'hono';
import { type ExecutionRecord, type JobRecord, replicaName } from '../jobs/job-record.ts';
import { hasEnded } from '../jobs/jobs.ts';
import { type ArmContext, operationHeaders, page, parseBody, resourceId } from './arm-context.ts';
import { jobBody, jobTemplate } from './job-schema.ts';
import { beginOperation } from './operations.ts';

/** Jobs and their executions. */
export function jobRoutes(context: ArmContext): Hono {
  const routes = new Hono();
  const { jobs, paths } = context;

  routes.get('/jobs', (c) =>
    page(
      c,
      jobs.list().map((job) => jobAnswer(context, job)),
    ),
  );
  routes.get('/jobs/:job', (c) => c.json(jobAnswer(context, jobs.get(c.req.param('job')))));

  routes.put('/jobs/:job', async (c) => {
    const { record, created } = await jobs.put(c.req.param('job'), await parseBody(c, jobBody));
    const operation = await beginOperation(paths.operations, async () => undefined);
    const headers = operationHeaders(c, context, operation.id);
    return c.json(jobAnswer(context, record), created ? 201 : 200, headers);
  });

  routes.delete('/jobs/:job', async (c) => {
    const name = c.req.param('job');
    if (!jobs.list().some((job) => job.name === name)) return c.body(null, 204);
    await jobs.remove(name);
    return c.body(null, 200);
  });

  routes.post('/jobs/:job/start', async (c) => {
    const text = await c.req.text();
    const template = text === '' ? undefined : await parseBody(c, jobTemplate);
    const started = await jobs.start(c.req.param('job'), template);
    const answer = { id: executionId(context, started), name: started.name };
    const operation = await beginOperation(paths.operations, async () => answer);
    const { location = '' } = operationHeaders(c, context, operation.id);
    return c.json(answer, 202, { location, 'retry-after': '0' });
  });

  routes.get('/jobs/:job/executions', (c) => {
    const all = jobs.executions(c.req.param('job'));
    return page(
      c,
      all.map((execution) => executionAnswer(context, execution)),
    );
  });
  routes.get('/jobs/:job/executions/:execution', (c) =>
    c.json(executionAnswer(context, jobs.execution(c.req.param('job'), c.req.param('execution')))),
  );

  routes.post('/jobs/:job/executions/:execution/stop', async (c) => {
    const [job, execution] = [c.req.param('job'), c.req.param('execution')];
    await jobs.stop(job, execution);
    const operation = await beginOperation(paths.operations, async () => undefined);
    const { location = '' } = operationHeaders(c, context, operation.id);
    return c.body(null, 202, { location, 'retry-after': '0' });
  });
  routes.post('/jobs/:job/stop', async (c) => {
    const job = c.req.param('job');
    const running = jobs.executions(job).filter((execution) => !hasEnded(execution));
    for (const execution of running) await jobs.stop(job, execution.name);
    return c.json({ value: running.map((execution) => executionAnswer(context, execution)) });
  });
  return routes;
}

function jobAnswer(context: ArmContext, job: JobRecord): Record<string, unknown> {
  const { configuration, ...properties } = job.body.properties;
  return {
    id: resourceId(context, `jobs/${job.name}`),
    name: job.name,
    type: 'Microsoft.App/jobs',
    location: job.body.location,
    ...(job.body.tags && { tags: job.body.tags }),
    ...(job.body.identity && { identity: job.body.identity }),
    properties: {
      provisioningState: 'Succeeded',
      ...properties,
      configuration: { ...configuration, secrets: configuration.secrets?.map(({ value: _, ...shown }) => shown) },
    },
  };
}

function executionAnswer(context: ArmContext, execution: ExecutionRecord): Record<string, unknown> {
  const { name, status, startTime, endTime, template, replicas, reason, message } = execution;
  const container = template.containers[0]?.name;
  const state = hasEnded(execution) ? 'Terminated' : 'Running';
  return {
    id: executionId(context, execution),
    name,
    type: 'Microsoft.App/jobs/executions',
    properties: {
      status,
      startTime,
      endTime,
      template,
      reason,
      message,
      detailedStatus: {
        replicas: replicas.map(({ exitCode }, index) => ({
          name: replicaName(execution, index),
          containers: [{ name: container, code: exitCode, status: state }],
        })),
      },
    },
  };
}

function executionId(context: ArmContext, execution: { job: string; name: string }): string {
  return resourceId(context, `jobs/${execution.job}/executions/${execution.name}`);
}
