import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type DeskDatabase, type DeskServer, query, startDeskServer } from './desk-database.ts';
import { migrate, type Program, startService, stopPrograms } from './program.ts';

const API_TOKEN = 'token-for-the-tests';

describe('the pages of the sample application', function () {
  this.timeout(240_000);
  let server: DeskServer;
  let database: DeskDatabase;
  let api: Program & { url: string };
  let web: Program & { url: string };

  before(async () => {
    server = await startDeskServer();
    database = await server.create('desk');
    await migrate(database.migrator);
    api = await startService('api', { DATABASE_URL: database.app, API_TOKEN });
    web = await startService('web', { API_URL: api.url, API_TOKEN });
  });
  after(async () => {
    await stopPrograms();
    await server.stop();
  });

  it('each have a title, a language, one heading, and mark themselves in the navigation', async () => {
    for (const [path, title] of Object.entries({
      '/': 'Overview',
      '/events': 'Events',
      '/cases': 'Cases',
      '/holds': 'Holds',
    })) {
      const { status, text, headers } = await open(path);
      assert.equal(status, 200);
      assert.match(headers.get('content-type') ?? '', /^text\/html/);
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.ok(text.includes(`<title>${title} · Integrity desk</title>`));
      assert.match(text, /<html lang="en">/);
      assert.equal(text.match(/<h1>/g)?.length, 1);
      assert.ok(text.includes(`<a href="${path}" aria-current="page">${title}</a>`), path);
      assert.doesNotMatch(text, /<script|undefined|\[object/);
    }
  });

  it('show events with their scores and why they have them', async () => {
    assert.match((await open('/events')).text, /sample-0005[\s\S]*account-3300[\s\S]*24,000\.00[\s\S]*90/);
    const { text } = await open('/events/5');
    assert.match(text, /amount of 20,000\.00 or more/);
    assert.match(text, /money going out/);
  });

  it('escape what people wrote', async () => {
    await query(database.app, `insert into holds (subject, reason) values ('<b>x</b>', '<script>alert(1)</script>')`);
    const { text } = await open('/holds');
    assert.doesNotMatch(text, /<script|<b>x/);
    assert.match(text, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  });

  it('close a case by their form, and say so', async () => {
    const { text } = await open('/cases?status=open');
    const action = /action="(\/cases\/\d+\/close)"/.exec(text)?.[1];
    assert.ok(action);
    const answer = await submit(action, { resolution: 'looked at it' });
    assert.equal(answer.status, 200);
    assert.match(answer.text, /role="status">The case is closed\./);
    assert.match(answer.text, /looked at it/);
    assert.doesNotMatch((await open('/cases?status=open')).text, /action="\/cases/);
    const again = await submit(action, { resolution: 'once more' });
    assert.equal(again.status, 409);
    assert.match(again.text, /role="alert">Case \d+ is closed already/);
  });

  it('place and release a hold by their forms', async () => {
    const placed = await submit('/holds', { subject: 'account-12', reason: 'by hand' });
    assert.match(placed.text, /The hold is placed\./);
    const [hold] = await query<{ id: string }>(database.app, `select id from holds where subject = 'account-12'`);
    const released = await submit(`/holds/${hold?.id}/release`, {});
    assert.match(released.text, /The hold is released\./);
  });

  it('say what is wrong with a form', async () => {
    const { status, text } = await submit('/holds', { subject: 'not a subject!', reason: 'x' });
    assert.equal(status, 400);
    assert.match(text, /role="alert">subject: letters, digits/);
  });

  it('refuse a form that comes from another site', async () => {
    const foreign: Record<string, string>[] = [{ origin: 'https://example.com' }, {}];
    for (const headers of foreign) {
      const { status } = await submit('/holds', { subject: 'account-13', reason: 'x' }, headers);
      assert.equal(status, 403);
    }
    assert.deepEqual(await query(database.app, `select 1 from holds where subject = 'account-13'`), []);
  });

  it('say so when there is no such page, no such event, no API', async () => {
    assert.equal((await open('/nowhere')).status, 404);
    const lost = await open('/events/999999');
    assert.equal(lost.status, 404);
    assert.match(lost.text, /There is no event 999999/);
    const alone = await startService('web', { API_URL: 'http://127.0.0.1:1', API_TOKEN });
    assert.equal((await fetch(`${alone.url}/healthz`)).status, 200);
    const answer = await fetch(alone.url);
    assert.equal(answer.status, 502);
    assert.match(await answer.text(), /The API cannot be reached/);
  });

  async function open(path: string) {
    return read(await fetch(web.url + path));
  }

  async function submit(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = { origin: web.url },
  ) {
    return read(await fetch(web.url + path, { method: 'POST', body: new URLSearchParams(fields), headers }));
  }

  async function read(answer: Response) {
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }
});
