import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { type DeskDatabase, type DeskServer, query, startDeskServer } from './desk-database.ts';
import { migrate, type Program, runProgram, startService, stopPrograms, until } from './program.ts';

const API_TOKEN = 'token-for-the-tests';
const EVENT = {
  reference: 'order-1',
  kind: 'payment',
  subject: 'account-9',
  amountCents: 12_50,
  occurredAt: '2025-03-01T10:00:00Z',
};

const WAITING = `select 1 from pg_stat_activity where application_name = 'api' and wait_event_type = 'Lock'`;

describe('the API of the sample application', function () {
  this.timeout(240_000);
  let server: DeskServer;
  let database: DeskDatabase;
  let api: Program & { url: string };

  before(async () => {
    server = await startDeskServer();
    database = await server.create('desk');
    await migrate(database.migrator);
    api = await startService('api', { DATABASE_URL: database.app, API_TOKEN });
  });
  after(async () => {
    await stopPrograms();
    await server.stop();
  });

  it('names every variable that is missing or wrong, without its value, and exits with 1', async () => {
    const { code, output } = await runProgram(['api/main.ts'], { PORT: 'planted', API_TOKEN: 'short' });
    assert.equal(code, 1);
    assert.match(output, /^api: ENVIRONMENT_INVALID: PORT is not valid/m);
    assert.match(output, /^api: ENVIRONMENT_INVALID: DATABASE_URL is missing/m);
    assert.match(output, /^api: ENVIRONMENT_INVALID: API_TOKEN is not valid/m);
    assert.equal(output.trim().split('\n').length, 3);
    assert.doesNotMatch(output, /planted|short/);
  });

  it('says in one line that its port is taken', async () => {
    const PORT = new URL(api.url).port;
    const { code, output } = await runProgram(['api/main.ts'], { PORT, DATABASE_URL: database.app, API_TOKEN });
    assert.equal(code, 1);
    assert.match(output, /^api: CANNOT_LISTEN: EADDRINUSE.*\n$/);
  });

  it('is healthy while the database answers, and says why when it does not', async () => {
    assert.deepEqual(await get('/healthz'), { status: 200, body: { status: 'ok' } });
    const alone = await startService('api', { DATABASE_URL: 'postgres://app:planted@127.0.0.1:1/desk', API_TOKEN });
    const answer = await fetch(`${alone.url}/healthz`);
    assert.equal(answer.status, 503);
    assert.deepEqual(await answer.json(), { status: 'unavailable', reason: 'database: ECONNREFUSED' });
  });

  it('describes its routes', async () => {
    const { body } = await get('/openapi.json');
    assert.equal(body.openapi, '3.1.0');
    assert.deepEqual(Object.keys(body.paths).sort(), [
      '/cases',
      '/cases/{id}/close',
      '/events',
      '/events/{id}/score',
      '/healthz',
      '/holds',
      '/holds/{id}/release',
      '/overview',
    ]);
  });

  it('gives the overview of the sample desk, and the score of its newest event', async () => {
    const { body } = await get('/overview');
    assert.equal(body.events, 6);
    assert.equal(body.openCases, 1);
    assert.equal(body.activeHolds, 1);
    const score = await get(`/events/${body.newestEventId}/score`);
    assert.deepEqual(score.body, { eventId: body.newestEventId, status: 'scored', score: 5, reasons: [] });
  });

  it('takes an event once, whatever the number of submissions', async () => {
    const first = await post('/events', EVENT);
    assert.equal(first.status, 201);
    assert.equal(first.body.score, null);
    const second = await post('/events', { ...EVENT, amountCents: 99 });
    assert.equal(second.status, 200);
    assert.deepEqual(second.body, first.body);
    const { body } = await get(`/events/${first.body.id}/score`);
    assert.deepEqual(body, { eventId: first.body.id, status: 'pending', score: null, reasons: [] });
  });

  it('lists events newest first, page by page', async () => {
    const { body: all } = await get('/events');
    const ids = all.events.map(({ id }: { id: number }) => id);
    assert.deepEqual(
      ids,
      ids.toSorted((a: number, b: number) => b - a),
    );
    const { body: page } = await get(`/events?limit=2&before=${ids[1]}`);
    assert.deepEqual(page.events, all.events.slice(2, 4));
  });

  it('closes a case once', async () => {
    const { body } = await get('/cases?status=open');
    const [open] = body.cases;
    const closed = await post(`/cases/${open.id}/close`, { resolution: 'seen and fine' });
    assert.equal(closed.status, 200);
    assert.equal(closed.body.status, 'closed');
    assert.equal((await post(`/cases/${open.id}/close`, { resolution: 'again' })).body.code, 'CASE_CLOSED');
    assert.deepEqual((await get('/cases?status=open')).body.cases, []);
    assert.equal((await get('/cases')).body.cases.length, 2);
  });

  it('holds a subject once, and releases it once', async () => {
    const hold = await post('/holds', { subject: 'account-7', reason: 'by hand' });
    assert.equal(hold.status, 201);
    assert.equal((await post('/holds', { subject: 'account-7', reason: 'again' })).body.code, 'SUBJECT_ON_HOLD');
    const released = await post(`/holds/${hold.body.id}/release`, {});
    assert.equal(typeof released.body.releasedAt, 'string');
    assert.equal((await post(`/holds/${hold.body.id}/release`, {})).body.code, 'HOLD_RELEASED');
    assert.equal((await get('/holds')).body.holds[0].subject, 'account-3300', 'the active hold comes first');
  });

  it('answers every refusal as a problem with a code', async () => {
    const refusals = [
      { answer: await get('/nowhere'), status: 404, code: 'ROUTE_NOT_FOUND' },
      { answer: await get('/events/999999/score'), status: 404, code: 'EVENT_NOT_FOUND' },
      { answer: await get('/events/x/score'), status: 400, code: 'REQUEST_INVALID' },
      { answer: await get('/cases?status=lost'), status: 400, code: 'REQUEST_INVALID' },
      { answer: await post('/cases/999999/close', { resolution: 'x' }), status: 404, code: 'CASE_NOT_FOUND' },
      { answer: await post('/holds/999999/release', {}), status: 404, code: 'HOLD_NOT_FOUND' },
      { answer: await post('/events', { ...EVENT, kind: 'gift' }), status: 400, code: 'REQUEST_INVALID' },
      { answer: await post('/events', '{not json'), status: 400, code: 'REQUEST_INVALID' },
    ];
    for (const { answer, status, code } of refusals) {
      assert.equal(answer.status, status, code);
      assert.equal(answer.body.code, code);
      assert.equal(answer.body.status, status);
    }
  });

  it('changes nothing without the token', async () => {
    for (const authorization of ['', 'Bearer wrong', `Basic ${API_TOKEN}`, `Bearer ${API_TOKEN}x`]) {
      const answer = await post('/events', { ...EVENT, reference: 'unauthorised' }, authorization);
      assert.equal(answer.status, 401);
      assert.equal(answer.body.code, 'TOKEN_REQUIRED');
    }
    const { body } = await get('/events');
    assert.ok(!body.events.some(({ reference }: { reference: string }) => reference === 'unauthorised'));
  });

  it('on SIGTERM answers the request in flight and exits with 0', async () => {
    const ending = await startService('api', { DATABASE_URL: database.app, API_TOKEN });
    const blocker = new Client({ connectionString: database.migrator });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('lock table events');
    const answer = fetch(`${ending.url}/overview`);
    await until('the request waits', async () => (await query(database.admin, WAITING)).length === 1, ending);
    ending.child.kill('SIGTERM');
    await until('it was told', () => /api: stopping/.test(ending.output()), ending);
    await assert.rejects(fetch(`${ending.url}/healthz`), 'it takes no new connection');
    await blocker.end();
    assert.equal((await answer).status, 200);
    assert.equal(await ending.ended, 0, ending.output());
  });

  // biome-ignore lint/suspicious/noExplicitAny: each test asserts what it reads of the body
  async function get(path: string): Promise<{ status: number; body: any }> {
    const answer = await fetch(api.url + path);
    return { status: answer.status, body: await answer.json() };
  }

  async function post(path: string, body: unknown, authorization = `Bearer ${API_TOKEN}`) {
    const answer = await fetch(api.url + path, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: each test asserts what it reads of the body
    return { status: answer.status, body: (await answer.json()) as any };
  }
});
