import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import { assembleRelease } from '../../../stacks/sample-releases/assemble.ts';
import { sampleReleases } from '../../../stacks/sample-releases/catalogue.ts';
import { type DeskServer, query, startDeskServer } from './desk-database.ts';
import { APP, migrate, runProgram, startService, stopPrograms, until } from './program.ts';

const ROOT = resolve(APP, '../..');
const API_TOKEN = 'token-for-the-tests';
const HISTORY = 'select name from pgmigrations order by run_on, id';
const COLUMNS = `select column_name from information_schema.columns where table_name = 'events'`;
const INVALID = 'select indexrelid::regclass::text as name from pg_index where not indisvalid';
const run = promisify(execFile);

describe('the sample releases', function () {
  this.timeout(240_000);
  let server: DeskServer;
  let directory: string;

  before(async () => {
    server = await startDeskServer();
    await mkdir(join(ROOT, '.sallyport'), { recursive: true });
    directory = await mkdtemp(join(ROOT, '.sallyport', 'test-releases-'));
  });
  after(async () => {
    await stopPrograms();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('are in the catalogue, each with its files and a sha of its own', async () => {
    const entries = await readdir(join(APP, '../sample-releases'), { withFileTypes: true });
    const overlays = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    assert.deepEqual(['first', ...overlays].sort(), sampleReleases.map(({ name }) => name).sort());
    assert.equal(new Set(sampleReleases.map(({ sha }) => sha)).size, sampleReleases.length);
    for (const { sha } of sampleReleases) assert.match(sha, /^[0-9a-f]{40}$/);
  });

  it('are assembled whole: the base, what the release changes, and nothing of the release before', async () => {
    const target = join(directory, 'twice');
    await assembleRelease('bad-naming', target);
    const good = await assembleRelease('good', target);
    assert.equal(good.directory, target);
    const migrations = await readdir(join(target, 'migrations'));
    assert.ok(migrations.includes('20250303090000_add-event-channel.sql'));
    assert.ok(migrations.includes('20250110093000_create-events.sql'));
    assert.ok(!migrations.includes('20250303090000_AddEventChannel.sql'));
    assert.deepEqual(await readdir(directory), ['twice'], 'no draft is left');
    await assert.rejects(
      assembleRelease('unheard-of', target),
      /There is no sample release unheard-of; there are: first, good/,
    );
  });

  it('good: adds to the schema, serves it, and leaves the first release working', async () => {
    const { database, image } = await at('good');
    await migrate(database.migrator, image);
    const first = await api(database.app);
    const good = await api(database.app, image);
    const event = {
      reference: 'g-1',
      kind: 'login',
      subject: 'a-1',
      occurredAt: '2025-03-03T10:00:00Z',
      channel: 'app',
    };
    assert.equal((await post(good.url, '/events', event)).status, 201);
    assert.equal((await post(first.url, '/events', { ...event, reference: 'g-2' })).status, 201);
    const channel = await (await fetch(`${good.url}/events?channel=app`)).text();
    assert.match(channel, /"reference":"g-1".*"channel":"app"/);
    for (const url of [first.url, good.url]) {
      for (const path of ['/overview', '/events', '/cases', '/holds', '/events/1/score']) {
        assert.equal((await fetch(url + path)).status, 200, path);
      }
    }
    for (const { url } of [first, good]) {
      const web = await startService('web', { API_URL: url, API_TOKEN }, image);
      assert.match(await (await fetch(`${web.url}/events`)).text(), /Channel/);
    }
    const down = await runProgram(['migrate.ts', 'down', '2'], { DATABASE_URL: database.migrator }, image);
    assert.equal(down.code, 0, down.output);
  });

  it('good passes the typecheck and lint of each app; bad-types fails the typecheck of the API alone', async () => {
    const good = (await assembleRelease('good', join(directory, 'good-checked'))).directory;
    const bad = (await assembleRelease('bad-types', join(directory, 'bad-types-checked'))).directory;
    for (const app of ['api', 'web', 'worker']) {
      await run('node_modules/.bin/tsc', ['--noEmit', '-p', join(good, app)], { cwd: ROOT });
      const lint = await run('node_modules/.bin/biome', ['lint', '--vcs-enabled=false', join(good, app)], {
        cwd: ROOT,
      });
      assert.match(lint.stdout, /Checked \d+ files/, 'it looked at files that git ignores');
    }
    await assert.rejects(run('node_modules/.bin/tsc', ['--noEmit', '-p', join(bad, 'api')], { cwd: ROOT }), {
      stdout: /api\/overview\.ts.*error TS/,
    });
    await run('node_modules/.bin/tsc', ['--noEmit', '-p', join(bad, 'web')], { cwd: ROOT });
  });

  it('bad-naming, bad-order, bad-edited and bad-duplicate each break the one rule they are named after', async () => {
    const base = await migrationNames(APP);
    const added = async (name: string) => {
      const { directory: image } = await assembleRelease(name, join(directory, name));
      return (await migrationNames(image)).filter((file) => !base.includes(file));
    };
    assert.deepEqual(await added('bad-naming'), ['20250303090000_AddEventChannel.sql']);
    const [late] = await added('bad-order');
    assert.ok(late && late < (base.at(-1) ?? ''));
    const prefixes = (await added('bad-duplicate')).map((file) => file.split('_')[0]);
    assert.deepEqual(prefixes, ['20250303090000', '20250303090000']);
    assert.deepEqual(await added('bad-edited'), []);
    const edited = 'migrations/20250117101500_create-cases.sql';
    const texts = [join(APP, edited), join(directory, 'bad-edited', edited)].map((file) => readFile(file, 'utf8'));
    const [before, after] = await Promise.all(texts);
    assert.notEqual(before, after);
  });

  it('bad-order: is refused by the migration tool, too', async () => {
    const { database, image } = await at('bad-order');
    const { code, output } = await runProgram(['migrate.ts'], { DATABASE_URL: database.migrator }, image);
    assert.equal(code, 1);
    assert.match(output, /20250205120000_add-event-country is preceding already run migration/);
  });

  it('bad-migration: fails half-way, and nothing of it stays', async () => {
    const { database, image } = await at('bad-migration');
    const history = await query(database.migrator, HISTORY);
    const columns = await query(database.migrator, COLUMNS);
    const { code, output } = await runProgram(['migrate.ts'], { DATABASE_URL: database.migrator }, image);
    assert.equal(code, 1);
    assert.match(output, /FAILED: 20250303091500_require-event-channel: .*null values \(SQLSTATE 23502\)/);
    assert.deepEqual(await query(database.migrator, HISTORY), history);
    assert.deepEqual(await query(database.migrator, COLUMNS), columns);
  });

  it('bad-index: leaves an invalid index', async () => {
    const { database, image } = await at('bad-index');
    const { code, output } = await runProgram(['migrate.ts'], { DATABASE_URL: database.migrator }, image);
    assert.equal(code, 1);
    assert.match(output, /FAILED: 20250303090000_unique-event-subject: .*\(SQLSTATE 23505\)/);
    assert.deepEqual(await query(database.migrator, INVALID), [{ name: 'events_subject_unique' }]);
  });

  it('bad-health: never becomes healthy, and says why', async () => {
    const { database, image } = await at('bad-health');
    const { url } = await api(database.app, image);
    const answer = await fetch(`${url}/healthz`);
    assert.deepEqual(
      [answer.status, await answer.json()],
      [503, { status: 'unavailable', reason: 'event_notes: 42P01' }],
    );
  });

  it('bad-smoke: is healthy, and its overview has lost the newest event', async () => {
    const { database, image } = await at('bad-smoke');
    const { url } = await api(database.app, image);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.match(await (await fetch(`${url}/overview`)).text(), /"newestEventId":null/);
  });

  it('bad-break: works itself, and breaks the release that serves', async () => {
    const { database, image } = await at('bad-break');
    const first = await api(database.app);
    assert.equal((await fetch(`${first.url}/overview`)).status, 200);
    await migrate(database.migrator, image);
    const candidate = await api(database.app, image);
    for (const path of ['/overview', '/events', '/events/1/score', '/cases', '/holds']) {
      assert.equal((await fetch(candidate.url + path)).status, 200, path);
    }
    for (const path of ['/overview', '/events/1/score', '/cases']) {
      assert.equal((await fetch(first.url + path)).status, 500, path);
    }
    assert.equal((await fetch(`${first.url}/healthz`)).status, 200, 'its health does not show it');
    const worker = await startService('worker', { DATABASE_URL: database.app, POLL_MILLISECONDS: '20' }, image);
    await post(candidate.url, '/events', {
      reference: 'b-1',
      kind: 'login',
      subject: 'a',
      occurredAt: '2025-03-03T10:00:00Z',
    });
    await until('its worker scores', async () => /1 event/.test(worker.output()), worker);
  });

  /** A database at the first release, and the image of a later one. */
  async function at(name: string) {
    const database = await server.create(name.replaceAll('-', '_'));
    await migrate(database.migrator);
    const { directory: image } = await assembleRelease(name, join(directory, name));
    return { database, image };
  }

  function api(DATABASE_URL: string, image = APP) {
    return startService('api', { DATABASE_URL, API_TOKEN }, image);
  }

  function post(url: string, path: string, body: unknown): Promise<Response> {
    const headers = { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' };
    return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async function migrationNames(image: string): Promise<string[]> {
    return (await readdir(join(image, 'migrations'))).map((file) => parse(file).base).sort();
  }
});
