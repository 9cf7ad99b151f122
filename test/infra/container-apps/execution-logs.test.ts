import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { ContainerApps } from '../../../infra/container-apps/container-apps.ts';
import { openContainerApps } from '../../../infra/container-apps/open-container-apps.ts';
import type { AzureAddress, PlatformAddress } from '../../../infra/platform.ts';
import { until } from '../../support/until.ts';

const workspaceId = '00000000-0000-0000-0000-00000000000a';
const noTable = `'where' operator: Failed to resolve table or column expression named 'ContainerAppConsoleLogs_CL'`;

/** What the services say: the log stream of the execution, and Log Analytics. */
interface Services {
  /** Lines of the stream; undefined when there is no replica. */
  stream: readonly string[] | undefined;
  analytics: (query: string) => { readonly status: number; readonly body: unknown };
}

const table = (column: string, lines: readonly string[]) => ({
  tables: [{ name: 'PrimaryResult', columns: [{ name: column, type: 'string' }], rows: lines.map((line) => [line]) }],
});

describe('the log of an execution', () => {
  let server: Server;
  let origin: string;
  let services: Services;
  let queries: { path: string; query: string; authorization: string | undefined }[];
  /** The open streams, to which a test writes. */
  let streams: ServerResponse[];

  beforeEach(async () => {
    services = { stream: undefined, analytics: () => ({ status: 200, body: table('Log_s', []) }) };
    queries = [];
    streams = [];
    server = createServer(async (request, response) => {
      const body = (await request.toArray()).join('');
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const json = (status: number, answer: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      if (url.pathname.endsWith('/replicas')) {
        const containers = [{ name: 'job', logStreamEndpoint: `${origin}/stream` }];
        return json(200, { value: services.stream === undefined ? [] : [{ properties: { containers } }] });
      }
      if (url.pathname.endsWith('/getAuthToken')) return json(200, { properties: { token: 'of the stream' } });
      if (url.pathname === '/stream') {
        response.write((services.stream ?? []).map((line) => `${JSON.stringify({ Log: line })}\n`).join(''));
        if (url.searchParams.get('follow') !== 'true') return response.end();
        return streams.push(response);
      }
      const { query } = JSON.parse(body);
      queries.push({ path: url.pathname, query, authorization: request.headers.authorization });
      const answer = services.analytics(query);
      json(answer.status, answer.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  function open(logs: AzureAddress['logs']): ContainerApps {
    const address: PlatformAddress = {
      kind: 'azure',
      subscriptionId: '00000000-0000-0000-0000-000000000000',
      resourceGroup: 'group',
      environmentId: '/environment',
      endpoint: origin,
      azure: { tenantId: '', serverId: '', logs, gates: { runner: 'in-process' } },
    };
    const getToken = async () => ({ token: 'of the caller', expiresOnTimestamp: Number.MAX_SAFE_INTEGER });
    return openContainerApps(address, { getToken }, { operationSeconds: 60 });
  }
  const analytics = (destination: 'log-analytics' | 'azure-monitor') => open({ destination, workspaceId });
  const logsOf = (apps: ContainerApps) => apps.executionLogs('migrate', 'migrate-abc', 10);

  it('is read from the stream while there is one, and nobody else is asked', async () => {
    services.stream = ['one', 'two'];
    assert.deepEqual(await logsOf(analytics('log-analytics')), { lines: ['one', 'two'], source: 'log-stream' });
    assert.deepEqual(queries, []);
  });

  for (const [destination, from, column] of [
    [
      'log-analytics',
      `ContainerAppConsoleLogs_CL | where ContainerJobName_s == 'migrate' and ContainerGroupName_s startswith 'migrate-abc'`,
      'Log_s',
    ],
    [
      'azure-monitor',
      `ContainerAppConsoleLogs | where JobName == 'migrate' and ContainerGroupName startswith 'migrate-abc'`,
      'Log',
    ],
  ] as const) {
    it(`is read from the table of ${destination} when the stream is gone, oldest line first`, async () => {
      services.analytics = () => ({ status: 200, body: table(column, ['two\n', 'one']) });
      const { lines, source, note } = await logsOf(analytics(destination));
      assert.deepEqual([lines, source], [['one', 'two'], 'log-analytics']);
      assert.match(note ?? '', /no replica any more.*rows come 20 s to 3 min after they were written/);
      assert.deepEqual(queries, [
        {
          path: `/v1/workspaces/${workspaceId}/query`,
          query: `${from} | top 10 by TimeGenerated desc | project ${column}`,
          authorization: 'Bearer of the caller',
        },
      ]);
    });
  }

  it('is empty and said to be late while the table has no row, or is not there', async () => {
    assert.match((await logsOf(analytics('log-analytics'))).note ?? '', /no row yet: rows come/);
    const innererror = { code: 'SEM0100', message: noTable };
    const error = { code: 'BadArgumentError', message: 'The request had some invalid properties', innererror };
    services.analytics = () => ({ status: 400, body: { error } });
    const { lines, source, note } = await logsOf(analytics('log-analytics'));
    assert.deepEqual([lines, source], [[], 'log-analytics']);
    assert.match(note ?? '', /ContainerAppConsoleLogs_CL is not there yet/);
  });

  it('is said to be a part when only a part was read', async () => {
    const error = { code: 'PartialError', message: 'There were some errors', details: [] };
    services.analytics = () => ({ status: 200, body: { ...table('Log_s', ['one']), error } });
    const { lines, note } = await logsOf(analytics('log-analytics'));
    assert.deepEqual(lines, ['one']);
    assert.match(note ?? '', /only a part was read \(PartialError\)/);
  });

  it('is never an error: a refusal is said', async () => {
    const error = { code: 'InsufficientAccessError', message: 'The provided credentials have insufficient access' };
    services.analytics = () => ({ status: 403, body: { error } });
    const { lines, source, note } = await logsOf(analytics('log-analytics'));
    assert.deepEqual([lines, source], [[], 'none']);
    assert.match(note ?? '', /Log Analytics could not be read: .*insufficient access/);
  });

  it('is not asked for where the estate keeps no logs', async () => {
    const { source, note } = await logsOf(open({ destination: 'none' }));
    assert.equal(source, 'none');
    assert.match(note ?? '', /no replica any more/);
    assert.deepEqual(queries, []);
  });

  it('lets no name out of its quotes', async () => {
    await analytics('log-analytics').executionLogs("a' or 1 == 1", 'b\\', 5);
    assert.match(queries[0]?.query ?? '', /== 'a\\' or 1 == 1' and ContainerGroupName_s startswith 'b\\\\' \|/);
  });

  it('is heard while the execution runs, and known after its stream is gone', async () => {
    const watch = open({ destination: 'none' }).watchLogs('migrate', 'migrate-abc', 2, 100);
    try {
      assert.equal(watch.heard().source, 'none');
      services.stream = ['one'];
      await until('the stream is listened to', () => streams.length === 1);
      streams[0]?.write('{"Log":"two"}\n{"Log":"th');
      streams[0]?.end('ree"}\n');
      services.stream = undefined;
      await until('everything was heard', () => watch.heard().lines.includes('three'));
      assert.deepEqual(watch.heard(), {
        lines: ['two', 'three'],
        source: 'log-stream',
        note: 'as far as it was heard while the execution ran',
      });
    } finally {
      watch.close();
    }
  });
});
