import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { type DeskDatabase, type DeskServer, query, startDeskServer } from './desk-database.ts';
import { migrate, startService, stopPrograms, until } from './program.ts';

const INSERT = `
  insert into events (reference, kind, subject, amount_cents, occurred_at)
  select $1 || n, $2, $1 || n, $3, now() from generate_series(1, $4) as n`;
const SCORED = `
  select score, score_reasons as reasons from events where reference like $1 || '%' and scored_at is not null`;
/** Puts on record who wrote a score, so that a second one would show. */
const WATCH_SCORES = `
  create table score_writes (event_id bigint, pid int);
  create function note_score() returns trigger language plpgsql security definer as
    $$ begin insert into score_writes values (new.id, pg_backend_pid()); return new; end $$;
  create trigger note_score after update of score on events for each row execute function note_score()`;

describe('the worker of the sample application', function () {
  this.timeout(240_000);
  let server: DeskServer;

  before(async () => {
    server = await startDeskServer();
  });
  after(async () => {
    await stopPrograms();
    await server.stop();
  });

  it('scores new events, opens a case above the first threshold and places a hold above the second', async () => {
    const { migrator, app } = await desk('scores');
    const worker = await work(app);
    await query(migrator, INSERT, ['calm-', 'login', 0, 1]);
    await query(migrator, INSERT, ['case-', 'payout', 500_000, 1]);
    await query(migrator, INSERT, ['hold-', 'payout', 2_000_000, 1]);
    for (const kind of ['calm-', 'case-', 'hold-']) {
      await until(`${kind} is scored`, async () => (await query(app, SCORED, [kind])).length === 1, worker);
    }
    const cases = `select reference, priority from cases join events on events.id = event_id where reference like '%-1' order by 1`;
    assert.deepEqual(await query(app, cases), [
      { reference: 'case-1', priority: 'normal' },
      { reference: 'hold-1', priority: 'urgent' },
    ]);
    const holds = `select subject, reason from holds where subject like '%-1'`;
    assert.deepEqual(await query(app, holds), [{ subject: 'hold-1', reason: 'score of 90' }]);
    const health = await fetch(`${worker.url}/healthz`);
    assert.deepEqual(await health.json(), { status: 'ok', mode: 'working' });
  });

  it('in standby is healthy and takes no work', async () => {
    const { migrator, app } = await desk('standby');
    const standby = await work(app, { STANDBY: '1' });
    await query(migrator, INSERT, ['first-', 'login', 0, 30]);
    const health = await fetch(`${standby.url}/healthz`);
    assert.deepEqual([health.status, await health.json()], [200, { status: 'ok', mode: 'standby' }]);
    await query(migrator, WATCH_SCORES);
    const worker = await work(app);
    await until(
      'the other one has done it all',
      async () => (await query(app, SCORED, ['first-'])).length === 30,
      worker,
    );
    const writers = await query(migrator, 'select distinct pid from score_writes');
    assert.equal(writers.length, 1);
    assert.doesNotMatch(standby.output(), /scored/);
  });

  it('in standby is not healthy without a database', async () => {
    const standby = await work('postgres://app:none@127.0.0.1:1/none', { STANDBY: '1' });
    const health = await fetch(`${standby.url}/healthz`);
    assert.deepEqual(
      [health.status, await health.json()],
      [503, { status: 'unavailable', reason: 'database: ECONNREFUSED', mode: 'standby' }],
    );
  });

  it('never takes an event that another one has taken', async () => {
    const { migrator, app } = await desk('two');
    await query(migrator, WATCH_SCORES);
    await query(migrator, INSERT, ['many-', 'login', 0, 500]);
    const workers = await Promise.all([work(app), work(app)]);
    await until('all are scored', async () => (await query(app, SCORED, ['many-'])).length === 500);
    const [writes] = await query(
      migrator,
      'select count(*)::int as n, count(distinct event_id)::int as events from score_writes',
    );
    assert.deepEqual(writes, { n: 500, events: 500 });
    for (const worker of workers) {
      worker.child.kill('SIGTERM');
      assert.equal(await worker.ended, 0, worker.output());
    }
  });

  it('passes over an event that is locked and takes the next', async () => {
    const { migrator, app } = await desk('locked');
    await query(migrator, INSERT, ['row-', 'login', 0, 2]);
    const holder = new Client({ connectionString: migrator });
    await holder.connect();
    await holder.query('begin');
    await holder.query(`select from events where reference = 'row-1' for update`);
    const worker = await work(app);
    await until('the other is scored', async () => (await query(app, SCORED, ['row-2'])).length === 1, worker);
    assert.deepEqual(await query(app, SCORED, ['row-1']), []);
    await holder.end();
    await until('the first is scored, too', async () => (await query(app, SCORED, ['row-1'])).length === 1, worker);
  });

  it('says that it is in trouble while its work fails, and recovers by itself', async () => {
    const { migrator, app } = await desk('trouble');
    const worker = await work(app);
    await query(migrator, 'alter table events rename column amount_cents to cents');
    const trouble = await until('it is in trouble', async () => {
      const health = await fetch(`${worker.url}/healthz`);
      return health.status === 503 && health.json();
    });
    assert.deepEqual(trouble, { status: 'unavailable', reason: 'events: 42703', mode: 'working' });
    await query(migrator, 'alter table events rename column cents to amount_cents');
    await until('it is well again', async () => (await fetch(`${worker.url}/healthz`)).status === 200);
  });

  async function desk(name: string): Promise<DeskDatabase> {
    const database = await server.create(name);
    await migrate(database.migrator);
    return database;
  }

  function work(DATABASE_URL: string, env: Record<string, string> = {}) {
    return startService('worker', { DATABASE_URL, POLL_MILLISECONDS: '20', ...env });
  }
});
