import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { readCandidate } from '../../../../gates/cutover/candidate.ts';
import { frozenSince, readFreezeJournal } from '../../../../gates/cutover/freeze/freeze-journal.ts';
import type { Plan } from '../../../../gates/cutover/plan.ts';
import { readFlipRun } from '../../../../gates/cutover/steps/flip-journal.ts';
import { actFlip } from '../../../../gates/cutover-flip/act.ts';
import { readSide } from '../../../../gates/cutover-preflight/read-side.ts';
import { readSource } from '../../../../gates/cutover-preflight/read-source.ts';
import { GateError } from '../../../../gates/kernel/gate-error.ts';
import { ensureEnvironment, stopEnvironment } from '../../../../infra/local/environment.ts';
import { readSecret } from '../../../../infra/local/secrets.ts';
import { eventOf } from './desk-load.ts';
import { type PromotedPair, promotedPair, testParts } from './promoted-pair.ts';

const write = `
insert into public.events (reference, kind, subject, occurred_at) values (gen_random_uuid()::text, 'login', 'account-1', now())`;

describe('a transaction that was prepared for a two-phase commit', function () {
  this.timeout(600_000);
  let pair: PromotedPair;
  let plan: Plan;
  before(async () => {
    pair = await promotedPair();
    // A grace that no load of the machine outlasts; it ends when nobody writes any more.
    plan = pair.plan({ freeze: { roles: ['app'], graceSeconds: 60, drainSeconds: 120 } });
    const operator = new Client({ connectionString: process.env.TEST_SOURCE_DIRECT_URL });
    await operator.connect();
    await operator.query('alter system set max_prepared_transactions = 4');
    await operator.end();
    await stopEnvironment(pair.project.directory);
    const { database } = await ensureEnvironment(pair.project.directory);
    assert.deepEqual(database, pair.source, 'the server came back elsewhere');
    await pair.build(plan);
  });
  after(() => pair?.remove());

  /** A session as the application opens it, in a transaction that has written. */
  async function writing(): Promise<Client> {
    const { host, port, database } = pair.source;
    const password = await readSecret(pair.project.directory, 'database-password-app');
    const client = new Client({ host, port, database, user: 'app', password });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    await client.query(write);
    return client;
  }
  /** Flips, and hears of every line. Gives what it was refused with. */
  async function refusedFlip(said: (line: string) => void): Promise<GateError> {
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    try {
      const ended = await actFlip({ ...world, say: said }, inputs, () => testParts(plan)).catch(
        (error: unknown) => error,
      );
      assert.ok(ended instanceof GateError, String(ended));
      return ended;
    } finally {
      await close();
    }
  }
  /** Nothing of a flip is left: the application writes to the source, and the candidate is as good as it was. */
  async function assertOpen(): Promise<void> {
    const gates = await pair.project.session('gates');
    assert.equal(await readFlipRun(gates, plan), undefined);
    assert.equal(await frozenSince(gates, plan), undefined);
    assert.equal((await readFreezeJournal(gates, plan, 'source')).begun, undefined);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await pair.apiToken()}` };
    const body = JSON.stringify(eventOf(`open ${performance.now()}`));
    const answer = await fetch(`${await pair.address('api')}/events`, { method: 'POST', headers, body });
    assert.equal(answer.status, 201, await answer.text());
    assert.deepEqual(await (await pair.project.platform()).pointer?.read(), pair.source);
    assert.equal((await readCandidate(await pair.operator(plan, 'target')))?.state, 'verified');
  }
  /** What a test that failed has left would hold up the next one. */
  afterEach(async () => {
    const operator = await pair.operator(plan, 'source');
    const { rows } = await operator.query<{ gid: string }>('select gid from pg_prepared_xacts');
    for (const { gid } of rows) await operator.query(`rollback prepared ${operator.escapeLiteral(gid)}`);
  });

  it('is seen by preflight', async () => {
    const session = await writing();
    await session.query(`prepare transaction 'seen'`);
    await session.end();
    const seen = await readSide(plan, 'source', (client, side) => readSource(client, side, plan));
    assert.deepEqual(seen.prepared, ['seen']);
  });

  it('that is there when writes are to be stopped ends in a plain refusal, and nothing was stopped', async () => {
    const session = await writing();
    await session.query(`prepare transaction 'there'`);
    await session.end();
    const lines: string[] = [];
    const refused = await refusedFlip((line) => lines.push(line));
    assert.match(refused.message, /FREEZE_INCOMPLETE source: found prepared transactions there;/);
    assert.ok(!lines.some((line) => line.includes('rights to write are taken')), lines.join('\n'));
    await assertOpen();
  });

  it('within the grace of the freeze ends in one too, and the source takes writes again', async () => {
    const session = await writing();
    let prepared: Promise<unknown> | undefined;
    const refused = await refusedFlip((line) => {
      if (line.includes('rights to write are taken')) prepared = session.query(`prepare transaction 'late'`);
    });
    assert.ok(prepared !== undefined, 'writes were not stopped');
    await prepared;
    await session.end();
    assert.match(refused.message, /FREEZE_INCOMPLETE source: found prepared transactions late;/);
    await assertOpen();
  });
});
