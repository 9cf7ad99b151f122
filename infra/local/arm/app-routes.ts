import { Hono } from 'hono';
import { appAnswer, replicaAnswer, replicasOf, revisionAnswer } from './app-answer.ts';
import { appBody } from './app-schema.ts';
import { type ArmContext, checkBody, jsonBody, operationHeaders, page, parseBody } from './arm-context.ts';
import { notFound } from './arm-failure.ts';
import { mergePatch } from './merge-patch.ts';
import { beginOperation } from './operations.ts';

/** Container apps, their revisions and replicas. */
export function appRoutes(context: ArmContext): Hono {
  const routes = new Hono();
  const { apps, paths } = context;

  const revisionOf = (appName: string, name: string) => {
    const app = apps.get(appName);
    const revision = app.revisions.find((candidate) => candidate.name === name);
    if (!revision) throw notFound(`containerApps/${appName}/revisions`, name);
    return { app, revision };
  };

  routes.get('/containerApps', (c) =>
    page(
      c,
      apps.list().map((app) => appAnswer(context, app)),
    ),
  );
  routes.get('/containerApps/:app', (c) => c.json(appAnswer(context, apps.get(c.req.param('app')))));

  routes.put('/containerApps/:app', async (c) => {
    const { record, created, settle } = await apps.put(c.req.param('app'), await parseBody(c, appBody));
    const operation = await beginOperation(paths.operations, settle);
    return c.json(appAnswer(context, record), created ? 201 : 200, operationHeaders(c, context, operation.id));
  });

  routes.patch('/containerApps/:app', async (c) => {
    const name = c.req.param('app');
    const merged = checkBody(mergePatch(apps.get(name).body, await jsonBody(c)), appBody);
    const { settle } = await apps.put(name, merged);
    const operation = await beginOperation(paths.operations, async () => {
      await settle();
      return appAnswer(context, apps.get(name));
    });
    return c.body(null, 202, locationOnly(operationHeaders(c, context, operation.id)));
  });

  routes.delete('/containerApps/:app', async (c) => {
    const name = c.req.param('app');
    if (!apps.list().some((app) => app.name === name)) return c.body(null, 204);
    const operation = await beginOperation(paths.operations, await apps.remove(name));
    return c.body(null, 202, locationOnly(operationHeaders(c, context, operation.id)));
  });

  routes.post('/containerApps/:app/listSecrets', (c) => {
    const { secrets = [] } = apps.get(c.req.param('app')).body.properties.configuration;
    return c.json({ value: secrets });
  });

  routes.get('/containerApps/:app/revisions', (c) => {
    const app = apps.get(c.req.param('app'));
    return page(
      c,
      app.revisions.map((revision) => revisionAnswer(context, app, revision)),
    );
  });
  routes.get('/containerApps/:app/revisions/:revision', (c) => {
    const { app, revision } = revisionOf(c.req.param('app'), c.req.param('revision'));
    return c.json(revisionAnswer(context, app, revision));
  });
  routes.post('/containerApps/:app/revisions/:revision/activate', async (c) => {
    await apps.setActive(c.req.param('app'), c.req.param('revision'), true);
    return c.body(null, 200);
  });
  routes.post('/containerApps/:app/revisions/:revision/deactivate', async (c) => {
    await apps.setActive(c.req.param('app'), c.req.param('revision'), false);
    return c.body(null, 200);
  });
  routes.post('/containerApps/:app/revisions/:revision/restart', async (c) => {
    await apps.restart(c.req.param('app'), c.req.param('revision'));
    return c.body(null, 200);
  });
  routes.get('/containerApps/:app/revisions/:revision/replicas', (c) => {
    const { app, revision } = revisionOf(c.req.param('app'), c.req.param('revision'));
    return c.json({
      value: replicasOf(context, app, revision).map((replica) => replicaAnswer(context, app, revision, replica)),
    });
  });
  return routes;
}

function locationOnly({ 'azure-asyncoperation': _, ...headers }: Record<string, string>): Record<string, string> {
  return headers;
}
