import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { ContainerApps } from '../../../infra/container-apps/container-apps.ts';
import { openContainerApps } from '../../../infra/container-apps/open-container-apps.ts';

/** As much of an app's body as is looked at. */
interface Body {
  readonly properties: { readonly configuration: { readonly ingress: { readonly traffic: unknown } } };
}

describe('the Container Apps client', () => {
  let server: Server;
  let apps: ContainerApps;
  /** With another bound of its operations. */
  let open: (operationSeconds: number) => ContainerApps;
  let requests: string[];
  let bodies: Body[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    requests = [];
    bodies = [];
    server = createServer(async (request, response) => {
      requests.push(`${request.method} ${request.url?.split('?')[0]?.split('/Microsoft.App/')[1]}`);
      response.setHeader('content-type', 'application/json');
      let body = '';
      for await (const piece of request) body += piece;
      if (body !== '') bodies.push(JSON.parse(body));
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = {
      kind: 'local',
      subscriptionId: '00000000-0000-0000-0000-000000000000',
      resourceGroup: 'group',
      environmentId: '/environment',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    } as const;
    const getToken = async () => ({ token: 'token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER });
    open = (operationSeconds) => openContainerApps(address, { getToken }, { operationSeconds });
    apps = open(60);
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const container = { name: 'job', image: `job@sha256:${'0'.repeat(64)}`, command: ['run'], env: [] };
  const app = {
    name: 'web',
    location: 'local',
    properties: { configuration: { activeRevisionsMode: 'Multiple', ingress: { targetPort: 80, traffic: [] } } },
  };
  const refuse = (response: ServerResponse, status: number, code = 'Code', headers = {}) => {
    response.writeHead(status, headers).end(JSON.stringify({ error: { code, message: 'what ARM said' } }));
  };

  it('sends a start once, whatever the answer', async () => {
    for (const status of [500, 503, 429, 408, 409]) {
      requests = [];
      answer = (_, response) => refuse(response, status, 'Code', { 'retry-after': '0' });
      const transient = status !== 409;
      await assert.rejects(apps.startJob('job', container), { name: 'ArmError', status, transient, code: 'Code' });
      assert.deepEqual(requests, ['POST jobs/job/start']);
    }
    requests = [];
    answer = (request) => request.socket.destroy();
    await assert.rejects(apps.startJob('job', container), { name: 'ArmError', transient: true, status: undefined });
    assert.deepEqual(requests, ['POST jobs/job/start']);
  });

  it('repeats a read after a passing failure', async () => {
    answer = (_, response) => {
      if (requests.length < 3) refuse(response, 500);
      else response.end(JSON.stringify(app));
    };
    assert.equal((await apps.getApp('web'))?.name, 'web');
    assert.equal(requests.length, 3);
  });

  it('says what ARM said, and whether it may pass', async () => {
    answer = (_, response) => refuse(response, 403, 'AuthorizationFailed');
    await assert.rejects(apps.getApp('web'), {
      message: 'read app web: AuthorizationFailed: what ARM said',
      code: 'AuthorizationFailed',
      status: 403,
      transient: false,
    });
  });

  it('takes 404 for nothing there where it reads one thing, and for an error where it lists', async () => {
    answer = (_, response) => refuse(response, 404, 'ResourceNotFound');
    assert.equal(await apps.getApp('web'), undefined);
    assert.equal(await apps.getExecution('job', 'execution'), undefined);
    await assert.rejects(apps.listExecutions('job'), { status: 404 });
    await assert.rejects(apps.setTraffic('web', []), { status: 404 });
  });

  it('reads the app again before it sets traffic again after a conflict', async () => {
    answer = (request, response) => {
      const patches = requests.filter((one) => one.startsWith('PATCH')).length;
      if (request.method === 'PATCH' && patches < 3) return refuse(response, 409, 'ContainerAppOperationInProgress');
      response.end(JSON.stringify(app));
    };
    await apps.setTraffic('web', [{ revisionName: 'web--one', weight: 100 }]);
    const [read, patch] = ['GET containerApps/web', 'PATCH containerApps/web'];
    assert.deepEqual(requests, [read, patch, read, patch, read, patch, read]);
  });

  it('gives up on an operation that does not end', async () => {
    answer = (request, response) => {
      const location = `http://${request.headers.host}/operation`;
      response.writeHead(202, { location, 'retry-after': '0' }).end();
    };
    await assert.rejects(open(1).stopExecution('job', 'execution'), { code: 'OPERATION_DEADLINE', transient: true });
  });

  it('says that an operation failed, with its code', async () => {
    answer = (request, response) => {
      const operation = `http://${request.headers.host}/operation`;
      if (request.method === 'PUT')
        response.writeHead(201, { 'azure-asyncoperation': operation }).end(JSON.stringify(app));
      else response.end(JSON.stringify({ status: 'Failed', error: { code: 'ImagePull', message: 'no such image' } }));
    };
    await assert.rejects(
      apps.putJob('job', {
        container,
        secrets: [],
        replicaTimeoutSeconds: 1,
        replicaRetryLimit: 0,
        parallelism: 1,
        replicaCompletionCount: 1,
      }),
      { name: 'ArmError', transient: false, message: /ImagePull.*no such image/ },
    );
  });

  it('shows traffic that follows the latest revision as what it is', async () => {
    const traffic = [{ latestRevision: true, weight: 100 }];
    const configuration = { activeRevisionsMode: 'Single', ingress: { targetPort: 80, traffic } };
    answer = (_, response) => response.end(JSON.stringify({ ...app, properties: { configuration } }));
    const state = await apps.getApp('web');
    assert.equal(state?.revisionsMode, 'Single');
    assert.deepEqual(state?.traffic, traffic);
  });

  it('writes labels back that setting traffic would take', async () => {
    const traffic = [
      { revisionName: 'web--one', weight: 100, label: 'stable' },
      { revisionName: 'web--two', weight: 0, label: 'next' },
      { revisionName: 'web--old', weight: 0, label: 'last' },
      { revisionName: 'web--none', weight: 0 },
    ];
    const configuration = { ...app.properties.configuration, ingress: { targetPort: 80, traffic } };
    answer = (_, response) => response.end(JSON.stringify({ ...app, properties: { configuration } }));
    await apps.setTraffic('web', [{ revisionName: 'web--two', weight: 100 }]);
    assert.deepEqual(bodies.at(-1)?.properties.configuration.ingress.traffic, [
      { revisionName: 'web--two', weight: 100, label: 'next' },
      { revisionName: 'web--one', weight: 0, label: 'stable' },
      { revisionName: 'web--old', weight: 0, label: 'last' },
    ]);
    await apps.setTraffic('web', [{ revisionName: 'web--two', weight: 100, label: 'stable' }]);
    assert.deepEqual(bodies.at(-1)?.properties.configuration.ingress.traffic, [
      { revisionName: 'web--two', weight: 100, label: 'stable' },
      { revisionName: 'web--old', weight: 0, label: 'last' },
    ]);
  });

  describe('revising an app', () => {
    const probes = [{ type: 'Liveness', httpGet: { port: 80, path: '/health' } }];
    const resources = { cpu: 1, memory: '2Gi' };
    const now = {
      name: 'web',
      image: 'web@sha256:1',
      command: ['run'],
      env: [{ name: 'A', value: '1' }],
      resources,
      probes,
    };
    const declared = {
      ...app,
      identity: { type: 'UserAssigned', userAssignedIdentities: { identity: {} } },
      properties: {
        latestRevisionName: 'web--from',
        configuration: {
          activeRevisionsMode: 'Multiple',
          registries: [{ server: 'registry.example.com', identity: 'i' }],
        },
        template: { revisionSuffix: 'from', containers: [now], scale: { minReplicas: 2, maxReplicas: 5 } },
      },
    };
    const revision = {
      from: 'web--from',
      revisionSuffix: 'to',
      env: () => [
        { name: 'A', value: '2' },
        { name: 'B', secretRef: 'b' },
      ],
    };
    const patches = () => requests.filter((one) => one.startsWith('PATCH')).length;

    it('changes the environment alone, and says nothing of what it does not change', async () => {
      answer = (_, response) => response.end(JSON.stringify(declared));
      await apps.reviseApp('web', revision);
      const sent = bodies.at(-1);
      const env = [
        { name: 'A', value: '2' },
        { name: 'B', secretRef: 'b' },
      ];
      assert.deepEqual(sent?.properties, {
        template: { ...declared.properties.template, revisionSuffix: 'to', containers: [{ ...now, env }] },
      });
      assert.equal('identity' in (sent ?? {}), false);
    });

    it('reads the app again after a conflict, a bounded number of times', async () => {
      answer = (request, response) => {
        if (request.method === 'PATCH' && patches() < 3)
          return refuse(response, 409, 'ContainerAppOperationInProgress');
        response.end(JSON.stringify(declared));
      };
      await apps.reviseApp('web', revision);
      const [read, patch] = ['GET containerApps/web', 'PATCH containerApps/web'];
      assert.deepEqual(requests, [read, patch, read, patch, read, patch]);
      answer = (request, response) => {
        if (request.method === 'PATCH') return refuse(response, 409, 'ContainerAppOperationInProgress');
        response.end(JSON.stringify(declared));
      };
      requests = [];
      await assert.rejects(apps.reviseApp('web', revision), { status: 409 });
      assert.equal(patches(), 8);
    });

    it('sends nothing when it was done before', async () => {
      const done = { ...declared, properties: { ...declared.properties, latestRevisionName: 'web--to' } };
      answer = (_, response) => response.end(JSON.stringify(done));
      await apps.reviseApp('web', revision);
      assert.equal(patches(), 0);
    });

    it('starts from no revision but the one named', async () => {
      answer = (_, response) => response.end(JSON.stringify(declared));
      const wrong = { ...revision, from: 'web--other' };
      await assert.rejects(apps.reviseApp('web', wrong), {
        code: 'APP_MOVED_ON',
        message: /its newest revision is web--from, not web--other/,
      });
      answer = (_, response) => refuse(response, 404);
      await assert.rejects(apps.reviseApp('web', revision), { status: 404 });
      assert.equal(patches(), 0);
    });
  });

  it('reads how the environment is, and that it is not there', async () => {
    answer = (_, response) => response.end('{"location":"here","properties":{"provisioningState":"Failed"}}');
    assert.deepEqual(await apps.getEnvironment(), { provisioningState: 'Failed' });
    answer = (_, response) => response.end('{"location":"here"}');
    assert.deepEqual(await apps.getEnvironment(), { provisioningState: 'not said' });
    answer = (_, response) => refuse(response, 404);
    assert.equal(await apps.getEnvironment(), undefined);
    assert.equal(requests.at(-1), 'GET managedEnvironments/environment');
  });

  it('shows that clients stay with one revision', async () => {
    for (const [affinity, expected] of [
      ['sticky', true],
      ['none', undefined],
    ] as const) {
      const ingress = { targetPort: 80, stickySessions: { affinity } };
      const configuration = { activeRevisionsMode: 'Multiple', ingress };
      answer = (_, response) => response.end(JSON.stringify({ ...app, properties: { configuration } }));
      assert.equal((await apps.getApp('web'))?.sessionAffinity, expected);
    }
  });

  it('says of an execution what befell its container', async () => {
    const of = (code: number, additionalInformation?: string) => ({
      replicas: [{ name: 'r', containers: [{ name: 'job', code, status: 'Terminated', additionalInformation }] }],
    });
    const said = async (properties: object) => {
      answer = (_, response) => response.end(JSON.stringify({ name: 'job-1', properties }));
      const { status, exitCode, reason } = (await apps.getExecution('job', 'job-1')) ?? {};
      return { status, exitCode, reason };
    };
    const limit = { reason: 'BackoffLimitExceeded', message: 'at the limit' };
    assert.deepEqual(await said({ status: 'Failed', ...limit, detailedStatus: of(137, 'OOMKilled') }), {
      status: 'Failed',
      exitCode: 137,
      reason: 'BackoffLimitExceeded: at the limit; container job Terminated: OOMKilled',
    });
    assert.deepEqual(await said({ status: 'Succeeded', detailedStatus: of(0, 'Completed') }), {
      status: 'Succeeded',
      exitCode: 0,
      reason: undefined,
    });
    assert.deepEqual(await said({}), { status: 'Unknown', exitCode: undefined, reason: undefined });
  });

  it('never throws for logs', async () => {
    answer = (_, response) => response.end('{"value":"nonsense"}');
    const logs = await apps.executionLogs('job', 'execution', 10);
    assert.deepEqual([logs.lines, logs.source], [[], 'none']);
    answer = (request) => request.socket.destroy();
    assert.equal((await apps.executionLogs('job', 'execution', 10)).source, 'none');
  });
});
