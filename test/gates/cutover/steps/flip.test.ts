import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Client, ClientBase } from 'pg';
import { readCandidate } from '../../../../gates/cutover/candidate.ts';
import { frozenSince, readFreezeJournal } from '../../../../gates/cutover/freeze/freeze-journal.ts';
import { thaw } from '../../../../gates/cutover/freeze/thaw.ts';
import type { Plan } from '../../../../gates/cutover/plan.ts';
import { rehearsalRecord } from '../../../../gates/cutover/rehearsal-record.ts';
import type { FlipContext } from '../../../../gates/cutover/steps/flip-context.ts';
import { beginFlipRun, readFlipRun } from '../../../../gates/cutover/steps/flip-journal.ts';
import { leaveTarget } from '../../../../gates/cutover/steps/leave-target.ts';
import { lossOfGoingBack } from '../../../../gates/cutover/steps/loss-of-going-back.ts';
import { type FlipGround, openSource, withFlipContext } from '../../../../gates/cutover/steps/open-flip-context.ts';
import { demandReady } from '../../../../gates/cutover/steps/ready-to-flip.ts';
import { rehearseRollback } from '../../../../gates/cutover/steps/rehearse-rollback.ts';
import { runFlip } from '../../../../gates/cutover/steps/run-flip.ts';
import { undoFlip } from '../../../../gates/cutover/steps/undo-flip.ts';
import { demandWayBack, wayBack } from '../../../../gates/cutover/steps/way-back.ts';
import { actFlip } from '../../../../gates/cutover-flip/act.ts';
import { cutoverFlipWith } from '../../../../gates/cutover-flip/cutover-flip.ts';
import { GateError } from '../../../../gates/kernel/gate-error.ts';
import { acceptedReleases } from '../../../../gates/kernel/ledger/accepted.ts';
import { ensureLedger } from '../../../../gates/kernel/ledger/schema.ts';
import { releasePromotionLocks } from '../../../../gates/kernel/promotion-lock.ts';
import { startRelay } from '../../../support/relay.ts';
import { deskLoad, eventOf, type Seen } from './desk-load.ts';
import { type PromotedPair, promotedPair, testParts } from './promoted-pair.ts';

describe("a cutover's flip", function () {
  this.timeout(600_000);
  let pair: PromotedPair;
  before(async () => {
    pair = await promotedPair();
  });
  after(() => pair.remove());
  const loads: { end(): Promise<Seen> }[] = [];
  afterEach(async () => {
    for (const each of loads.splice(0)) await each.end();
  });

  /** A session as the operator of each side, after the build. */
  async function built(changes: Partial<Plan> = {}) {
    const plan = pair.plan(changes);
    await pair.build(plan);
    return plan;
  }
  async function ground(plan: Plan): Promise<FlipGround & { said: string[]; close(): Promise<void> }> {
    const inputs = await pair.inputs(plan);
    const { world, said, close } = pair.world(inputs);
    const { release, database, probe, drainSeconds, healthSeconds } = inputs;
    const rollout = { probe, drainSeconds, healthSeconds };
    return { plan, release, rollout, world, database, partsOf: testParts(plan), said, close };
  }
  async function within<T>(plan: Plan, work: (context: FlipContext) => Promise<T>): Promise<T> {
    const on = await ground(plan);
    try {
      return await withFlipContext(on, work);
    } finally {
      await on.close();
    }
  }
  const load = async () => {
    const clients = deskLoad(await pair.address('api'), await pair.address('web'), await pair.apiToken());
    loads.push(clients);
    return clients;
  };
  const submit = async (reference: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await pair.apiToken()}` };
    const body = JSON.stringify(eventOf(reference));
    const answer = await fetch(`${await pair.address('api')}/events`, { method: 'POST', headers, body });
    return { status: answer.status, text: await answer.text() };
  };
  const missingOn = async (client: Client, { acknowledged }: Pick<Seen, 'acknowledged'>) => {
    const { rows } = await client.query(
      `select r from unnest($1::text[]) r where (select count(*) from public.events e where e.reference = r) <> 1`,
      [acknowledged],
    );
    return rows.map(({ r }) => r);
  };
  const pointed = async () => (await pair.project.platform()).pointer?.read();

  it('is rehearsed with its way back: no read fails, no acknowledged write is lost, and all is as before', async () => {
    const plan = await built();
    const clients = await load();
    const record = await within(plan, (context) => rehearseRollback(context, (work) => within(plan, work)));
    assert.equal(record.reason, null, record.reason ?? '');
    assert.equal(record.verdict, 'passed');
    rehearsalRecord.parse(record);
    assert.ok(record.wayBackSeconds !== null && record.wayBackSeconds > 0);
    assert.deepEqual(await pointed(), pair.source);
    assert.equal((await submit('after the rehearsal')).status, 201);
    const seen = await clients.end();
    assert.deepEqual(seen.failedReads, [], `of ${seen.reads}`);
    const [source, target] = [await pair.operator(plan, 'source'), await pair.operator(plan, 'target')];
    assert.deepEqual(await missingOn(source, seen), []);
    assert.equal((await readCandidate(target))?.state, 'verified');
    await within(plan, async ({ ledger, parts, source: from, world }) => {
      assert.equal(await frozenSince(ledger, plan), undefined);
      const { rows } = await from.query('select pg_current_wal_flush_lsn()::text as lsn');
      await parts.applied(rows[0].lsn, world.signal);
    });
    assert.deepEqual(await missingOn(target, seen), []);
  });

  it('goes back though that is killed at each step', async () => {
    const plan = await built();
    const clients = await load();
    await within(plan, async (context) => {
      const run = await beginFlipRun(context.ledger, plan, { rehearsal: false, from: await demandReady(context) });
      await assert.rejects(runFlip({ ...context, ledger: dying(context.ledger, new Set(), 'flip: smoke') }, run), cut);
    });
    const cuts = new Set<string>();
    await untilDone(plan, cuts, async (context) => {
      const run = await readFlipRun(context.ledger, plan);
      if (run !== undefined) await undoFlip(context, run, 'a test');
    });
    assert.ok(cuts.size >= 5, [...cuts].join(', '));
    assert.deepEqual(await pointed(), pair.source);
    assert.equal((await submit('after a way back in pieces')).status, 201);
    const seen = await clients.end();
    assert.deepEqual(seen.failedReads, [], `of ${seen.reads}`);
    assert.deepEqual(await missingOn(await pair.operator(plan, 'source'), seen), []);
    assert.equal((await readCandidate(await pair.operator(plan, 'target')))?.state, 'verified');
  });

  it('opens the source again also when the target cannot be reached any more; the next run goes back whole', async () => {
    const plan = await built();
    const inputs = await pair.inputs(plan);
    const { world, said, close } = pair.world(inputs);
    const url = process.env.TEST_TARGET_DIRECT_URL;
    const lost = async () => {
      process.env.TEST_TARGET_DIRECT_URL = 'postgres://postgres:none@127.0.0.1:1/none';
      throw new Error('the target is gone');
    };
    await assert.rejects(
      actFlip(world, inputs, () => testParts(plan, { lastDifference: lost })),
      /the target is gone/,
    );
    process.env.TEST_TARGET_DIRECT_URL = url;
    await close();
    assert.ok(said.includes('the source takes writes again'), said.join('\n'));
    assert.deepEqual(await pointed(), pair.source);
    assert.equal((await submit('without the target')).status, 201);
    await within(plan, async (context) => {
      const run = await readFlipRun(context.ledger, plan);
      assert.equal(run?.state, 'undoing');
      await undoFlip(context, run, 'a test');
      assert.equal(await readFlipRun(context.ledger, plan), undefined);
    });
  });

  it('does not stop the writes of a source whose schema changed since the candidate was made, and ends the cutover', async () => {
    const plan = await built();
    const source = await pair.operator(plan, 'source');
    await source.query('create index made_by_hand on public.events (subject)');
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    await assert.rejects(
      actFlip(world, inputs, () => testParts(plan)),
      /SCHEMA_PARITY index public.made_by_hand/,
    );
    await close();
    await source.query('drop index public.made_by_hand');
    assert.equal((await submit('beside a changed schema')).status, 201);
    assert.equal((await readCandidate(await pair.operator(plan, 'target')))?.state, 'refused');
    assert.equal((await source.query(`select from pg_replication_slots`)).rowCount, 0);
  });

  it('does not go on with a flip whose source was thawed meanwhile, and lets no second one begin on it', async () => {
    const plan = await built();
    await within(plan, async (context) => {
      const run = await beginFlipRun(context.ledger, plan, { rehearsal: false, from: await demandReady(context) });
      await assert.rejects(runFlip({ ...context, ledger: dying(context.ledger, new Set(), 'flip: ledger') }, run), cut);
      await assert.rejects(demandReady(context), /FLIP_UNFINISHED/);
      await thaw(context.ledger, context.source, plan);
    });
    assert.equal((await submit('after a thaw by hand')).status, 201);
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    await assert.rejects(
      actFlip(world, inputs, () => testParts(plan)),
      /FREEZE_INCOMPLETE/,
    );
    await close();
    assert.deepEqual(await pointed(), pair.source);
    assert.equal((await submit('after a thaw and a way back')).status, 201);
    await within(plan, async ({ ledger }) => assert.equal(await readFlipRun(ledger, plan), undefined));
  });

  it('does not go on with a flip whose source was opened past the ledger meanwhile', async () => {
    const plan = await built();
    await within(plan, async (context) => {
      const run = await beginFlipRun(context.ledger, plan, { rehearsal: false, from: await demandReady(context) });
      await assert.rejects(runFlip({ ...context, ledger: dying(context.ledger, new Set(), 'flip: ledger') }, run), cut);
      await context.source.query('begin read write; grant insert on public.events to app; commit');
    });
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    const { remove } = cutoverFlipWith(() => testParts(plan));
    await assert.rejects(async () => remove?.run(world, { plan }), /FLIP_UNFINISHED test: .*npm run cutover/);
    await assert.rejects(
      actFlip(world, inputs, () => testParts(plan)),
      /FREEZE_INCOMPLETE source: found INSERT on public.events given to app/,
    );
    await close();
    assert.deepEqual(await pointed(), pair.source);
    assert.equal((await submit('after a grant by hand')).status, 201);
  });

  it('goes back at once when the target answers wrongly, and ends the cutover', async () => {
    const plan = await built();
    const clients = await load();
    const ledger = await pair.operator(plan, 'source');
    const surface = `{smoke,surfaces,health,assertions}`;
    const alter = (how: string) =>
      ledger.query(
        `update sallyport.accepted set release = jsonb_set(release, '${surface}', (release #> '${surface}') ${how})`,
      );
    await alter(`|| '[{ "id": "health-never", "status": 418 }]'::jsonb`);
    const inputs = await pair.inputs(plan);
    const { world, said, close } = pair.world(inputs);
    const refused = await actFlip(world, inputs, () => testParts(plan)).catch((error: unknown) => error);
    await close();
    await alter('- -1');
    assert.ok(refused instanceof GateError, String(refused));
    assert.equal(refused.findings[0]?.code, 'SMOKE_ASSERTION_FAILED', refused.message);
    assert.deepEqual(await pointed(), pair.source, said.join('\n'));
    assert.equal((await submit('after going back')).status, 201);
    const seen = await clients.end();
    assert.deepEqual(seen.failedReads, [], `of ${seen.reads}`);
    const [source, target] = [await pair.operator(plan, 'source'), await pair.operator(plan, 'target')];
    assert.deepEqual(await missingOn(source, seen), []);
    assert.equal((await readCandidate(target))?.state, 'refused');
    assert.equal((await source.query(`select from pg_replication_slots`)).rowCount, 0);
    await within(plan, async ({ ledger }) => {
      assert.equal(await readFlipRun(ledger, plan), undefined);
      assert.equal(await frozenSince(ledger, plan), undefined);
    });
  });

  it('does not begin where the application has a third database, of which no row was compared', async () => {
    await within(pair.plan(), async (context) => {
      const third = { ...pair.source, database: 'postgres' };
      const pointer = { read: async () => third, point: () => assert.fail('nothing is pointed') };
      await assert.rejects(
        demandReady({ ...context, pointer }),
        /POINTER_MOVED pointer: found \S+\/postgres; needed \S+\/app, the source of this cutover/,
      );
    });
  });

  it('does not begin on a candidate that was refused', async () => {
    await within(pair.plan(), async (context) => {
      await assert.rejects(demandReady(context), /CANDIDATE_NOT_VERIFIED/);
    });
  });

  it('gives the application the target though it is killed at each step: no read fails, no acknowledged write is lost', async () => {
    const plan = await built();
    const clients = await load();
    const cuts = new Set<string>();
    await within(plan, async (context) =>
      beginFlipRun(context.ledger, plan, { rehearsal: false, from: await demandReady(context) }),
    );
    const flipped = await untilDone(plan, cuts, async (context) => {
      const run = await readFlipRun(context.ledger, plan);
      assert.ok(run);
      return runFlip(context, run);
    });
    assert.ok(cuts.size > 15, [...cuts].join(', '));
    assert.ok(flipped.frozenMs !== null && flipped.frozenMs > 0);
    assert.deepEqual(await pointed(), pair.target);
    assert.equal((await submit('after the flip')).status, 201);
    const seen = await clients.end();
    assert.deepEqual(seen.failedReads, [], `of ${seen.reads}`);
    const [source, target] = [await pair.operator(plan, 'source'), await pair.operator(plan, 'target')];
    assert.deepEqual(await missingOn(target, seen), []);
    assert.equal((await readCandidate(target))?.state, 'serving');
    await within(plan, async ({ ledger, gates, targetAddress }) => {
      assert.notEqual(await frozenSince(ledger, plan), undefined);
      const there = await gates(targetAddress);
      await ensureLedger(there);
      const [accepted] = await acceptedReleases(there);
      // Of the source alone: the next cutover of this name, from here, must not go on with this one.
      assert.deepEqual((await there.query('select * from sallyport.cutover_event')).rows, []);
      await there.end();
      assert.equal(accepted?.revisions.api, flipped.revisions.api);
      assert.equal(accepted?.sha, pair.project.config.release.sha);
    });
    assert.match(String(await refusal(source)), /25006|42501/);
  });

  it('is done once: a second run finds it as it is', async () => {
    const plan = pair.plan();
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    const again = await actFlip(world, inputs, () => testParts(plan));
    await close();
    assert.equal(again.to, plan.target.at);
    assert.ok(again.steps.length > 10);
  });

  it('is gone back from without a loss where the source follows, though that is killed at each step', async () => {
    const plan = pair.plan();
    const clients = await load();
    assert.equal((await submit('only on the target at first')).status, 201);
    const loss = await within(plan, (context) => demandWayBack(context, false));
    assert.equal(loss.kind, 'none');
    const target = await pair.operator(plan, 'target');
    await target.query('create table public.made_since (id serial primary key)');
    await assert.rejects(
      within(plan, (context) => demandWayBack(context, false)),
      /LOSS_NOT_ACCEPTED target: .*public.made_since made since the flip/,
    );
    await target.query('drop table public.made_since');
    const cuts = new Set<string>();
    const back = await untilDone(plan, cuts, async (context) => {
      assert.equal((await demandWayBack(context, false)).kind, 'none');
      return wayBack(context, { acceptLoss: false });
    });
    assert.ok(cuts.size > 10, [...cuts].join(', '));
    assert.equal(back.scan.verdict, 'passed', back.scan.findings.join('; '));
    assert.deepEqual(await pointed(), pair.source);
    assert.equal((await submit('on the source again')).status, 201);
    const seen = await clients.end();
    assert.deepEqual(seen.failedReads, [], `of ${seen.reads}`);
    const source = await pair.operator(plan, 'source');
    assert.deepEqual(
      await missingOn(source, {
        acknowledged: [...seen.acknowledged, 'only on the target at first', 'after the flip'],
      }),
      [],
    );
    await within(plan, async ({ ledger }) => assert.equal(await frozenSince(ledger, plan), undefined));
  });

  it('counts what going back would lose where nothing is carried back, and goes back only when that is accepted', async () => {
    const plan = await built({ reverse: false });
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    await actFlip(world, inputs, () => testParts(plan));
    await close();
    assert.equal((await submit('lost')).status, 201);
    const loss = await within(plan, (context) => lossOfGoingBack(context, 60));
    assert.ok(loss.kind === 'rows' && Number(loss.rows) >= 1, JSON.stringify(loss));
    await assert.rejects(
      within(plan, (context) => demandWayBack(context, false)),
      /LOSS_NOT_ACCEPTED/,
    );
    await assert.rejects(
      within(plan, (context) => wayBack(context, { acceptLoss: false })),
      /LOSS_NOT_ACCEPTED/,
    );
    assert.equal((await submit('still open')).status, 201);
    // With a sequence that the source does not have, nor needs.
    const target = await pair.operator(plan, 'target');
    await target.query('create table public.made_since (id serial primary key)');
    assert.deepEqual((await within(plan, (context) => lossOfGoingBack(context, 60))).kind, 'unknown');
    await within(plan, (context) => wayBack(context, { acceptLoss: true }));
    assert.deepEqual(await pointed(), pair.source);
    const source = await pair.operator(plan, 'source');
    assert.deepEqual(await missingOn(source, { acknowledged: ['lost'] }), ['lost']);
    assert.equal((await submit('after the loss')).status, 201);
    await target.query('drop table public.made_since');
  });

  it('does not go back where the source cannot take what was written, unless that is accepted', async () => {
    const plan = await built({ freeze: { roles: ['app'], graceSeconds: 1, drainSeconds: 3 } });
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    await actFlip(world, inputs, () => testParts(plan));
    await close();
    const target = await pair.operator(plan, 'target');
    await target.query(`alter table public.events add column made_since text default 'x'`);
    assert.equal((await submit('not on the source')).status, 201);
    await assert.rejects(
      within(plan, (context) => demandWayBack(context, false)),
      /BACK_STUCK source: found a lag that did not end within 3 s/,
    );
    const looked = await within(plan, (context) => demandWayBack(context, true));
    assert.ok(looked.kind === 'unknown' && /BACK_STUCK/.test(looked.why), JSON.stringify(looked));
    await assert.rejects(
      within(plan, (context) => wayBack(context, { acceptLoss: false })),
      /BACK_STUCK source: found a lag that did not end within 3 s/,
    );
    assert.equal((await submit('still open on the target')).status, 201);
    const { loss } = await within(plan, (context) => wayBack(context, { acceptLoss: true }));
    assert.ok(loss.kind === 'unknown' && /BACK_STUCK/.test(loss.why), JSON.stringify(loss));
    assert.deepEqual(await pointed(), pair.source);
    assert.equal((await submit('on the source without it')).status, 201);
    await target.query('alter table public.events drop column made_since');
  });

  it('opens the target again where the source refuses what has to be carried back', async () => {
    const sides = await Promise.all((['source', 'target'] as const).map((side) => pair.operator(pair.plan(), side)));
    for (const side of sides) await side.query('create sequence public.narrow as integer');
    const plan = await built({ reverse: false });
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    await actFlip(world, inputs, () => testParts(plan));
    await close();
    await sides[1]?.query(`alter sequence public.narrow as bigint; select setval('public.narrow', 3000000000)`);
    await assert.rejects(
      within(plan, (context) => wayBack(context, { acceptLoss: true })),
      /SEQUENCE_NOT_CARRIED "public"."narrow": found setval: value 3000000000 is out of bounds/,
    );
    assert.equal((await submit('open again on the target')).status, 201);
    await sides[1]?.query('drop sequence public.narrow');
    await within(plan, (context) => wayBack(context, { acceptLoss: true }));
    assert.equal((await submit('on the source')).status, 201);
    await sides[0]?.query('drop sequence public.narrow');
  });

  it('does not know what would be lost where that is not counted in time', async () => {
    const plan = await built({ reverse: false });
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    await actFlip(world, inputs, () => testParts(plan));
    await close();
    const target = await pair.operator(plan, 'target');
    await target.query(`create table public.busy as select i, repeat('x', 100) from generate_series(1, 1000000) i`);
    const loss = await within(plan, (context) => lossOfGoingBack(context, 0.05));
    assert.ok(loss.kind === 'unknown' && /not read in 0.05 s/.test(loss.why), JSON.stringify(loss));
    await target.query('drop table public.busy');
    await within(plan, (context) => wayBack(context, { acceptLoss: true }));
  });

  describe('when the target is gone for good', () => {
    const relays: { close(): Promise<void> }[] = [];
    afterEach(async () => {
      for (const relay of relays.splice(0)) await relay.close();
    });
    /** A target that is reached through a relay, so that it can be gone. */
    const relayed = async () => {
      // By its own address this process holds the target's lock by now.
      await releasePromotionLocks();
      const relay = await startRelay(pair.target.port);
      relays.push(relay);
      const url = new URL(process.env.TEST_TARGET_DIRECT_URL ?? '');
      url.port = String(relay.port);
      process.env.TEST_RELAY_DIRECT_URL = url.href;
      const at = `127.0.0.1:${relay.port}/${pair.target.database}`;
      const plan = await built({ target: { direct: 'TEST_RELAY_DIRECT_URL', at } });
      return { plan, relay };
    };
    const leave = (on: FlipGround, acceptLoss: boolean, ledgerOf = (ledger: ClientBase) => ledger) =>
      openSource(on, (context) => leaveTarget({ ...context, ledger: ledgerOf(context.ledger) }, { acceptLoss }));
    const flipped = async (plan: Plan) => {
      const { world, close } = pair.world(await pair.inputs(plan));
      await actFlip(world, await pair.inputs(plan), () => testParts(plan));
      await close();
    };

    it('the application is taken back to the source, though that is killed at each step', async () => {
      const { plan, relay } = await relayed();
      await flipped(plan);
      assert.equal((await submit('followed back')).status, 201);
      await within(plan, (context) => demandWayBack(context, false));
      const on = await ground(plan);
      await assert.rejects(leave(on, true), /TARGET_ANSWERS target: found a target that answers/);
      await relay.close();
      await assert.rejects(leave(on, false), /LOSS_NOT_ACCEPTED/);
      assert.deepEqual((await pointed())?.port, relay.port);
      const cuts = new Set<string>();
      let left: Awaited<ReturnType<typeof leaveTarget>> | undefined;
      while (left === undefined) {
        left = await leave(on, true, (ledger) => dying(ledger, cuts)).catch((error: unknown) => {
          if (error === cut) return undefined;
          throw error;
        });
      }
      assert.ok(cuts.size >= 7, [...cuts].join(', '));
      assert.ok(left.opened);
      assert.equal(left.scan.verdict, 'passed', left.scan.findings.join('; '));
      assert.deepEqual(await pointed(), pair.source);
      assert.equal((await submit('on the source without the target')).status, 201);
      const source = await pair.operator(plan, 'source');
      assert.deepEqual(await missingOn(source, { acknowledged: ['followed back'] }), []);
      assert.equal((await source.query('select from pg_subscription')).rowCount, 0);
      assert.equal((await source.query('select from pg_replication_slots')).rowCount, 0);
      await assert.rejects(leave(on, true), /NOTHING_TO_GO_BACK_FROM/);
      await on.close();
    });

    it('a flip that was cut off before it took writes is left without a loss to accept', async () => {
      const { plan, relay } = await relayed();
      await within(plan, async (context) => {
        const run = await beginFlipRun(context.ledger, plan, { rehearsal: false, from: await demandReady(context) });
        await assert.rejects(
          runFlip({ ...context, ledger: dying(context.ledger, new Set(), 'flip: smoke') }, run),
          cut,
        );
        // A promotion on the target would come between: it locks the database that its stack names.
        const other = await context.gates({ ...context.targetAddress, port: pair.target.port });
        const { rows } = await other.query(
          `select pg_try_advisory_lock(hashtextextended('sallyport.promotion', 0)) as free`,
        );
        await other.end();
        assert.equal(rows[0].free, false);
      });
      const on = await ground(plan);
      await relay.close();
      const { opened } = await leave(on, false);
      await on.close();
      assert.equal(opened, false);
      assert.deepEqual(await pointed(), pair.source);
      assert.equal((await submit('after a flip that lost its target')).status, 201);
      await within(pair.plan(), async ({ ledger }) => {
        assert.equal(await readFlipRun(ledger, plan), undefined);
        // What was taken on a target that is gone is not given back on the next one.
        assert.deepEqual((await readFreezeJournal(ledger, plan, 'target')).rights, []);
      });
    });
  });

  it('publishes nothing on the target that its updates would fail by', async () => {
    const sides = await Promise.all((['source', 'target'] as const).map((side) => pair.operator(pair.plan(), side)));
    for (const side of sides) await side.query('create table public.keyless (n int)');
    const plan = await built({ reverse: false });
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    await actFlip(world, inputs, () => testParts(plan));
    await close();
    await sides[1]?.query('insert into public.keyless values (1); update public.keyless set n = 2');
    assert.equal((await within(plan, (context) => lossOfGoingBack(context, 60))).kind, 'unknown');
    await within(plan, (context) => wayBack(context, { acceptLoss: true }));
    for (const side of sides) await side.query('drop table public.keyless');
  });

  /** Runs work again and again; each time the process dies where it would put its next new step on record. */
  async function untilDone<T>(plan: Plan, cuts: Set<string>, work: (context: FlipContext) => Promise<T>): Promise<T> {
    for (;;) {
      const ended = await within(plan, (context) => work({ ...context, ledger: dying(context.ledger, cuts) })).then(
        (value) => ({ value }),
        (error: unknown) => {
          if (error === cut) return undefined;
          throw error;
        },
      );
      if (ended !== undefined) return ended.value;
    }
  }
});

const cut = new Error('killed');

/** Without `only` it dies at every step that it has not died at before. */
function dying(ledger: ClientBase, cuts: Set<string>, only?: string): ClientBase {
  const query = (...args: unknown[]) => {
    const [text, values] = args as [unknown, unknown[]?];
    if (String(text).includes('insert into sallyport.cutover_event')) {
      const step = `${values?.[1]} ${JSON.parse(String(values?.[2])).side ?? ''}`;
      if (only === undefined ? !cuts.has(step) : values?.[1] === only) {
        cuts.add(step);
        return Promise.reject(cut);
      }
    }
    return (ledger.query as (...all: unknown[]) => Promise<unknown>)(...args);
  };
  return new Proxy(ledger, { get: (target, name) => (name === 'query' ? query : Reflect.get(target, name)) });
}

/** What a write of the application's role is refused with, as the operator tries it. */
async function refusal(operator: Client): Promise<string | undefined> {
  await operator.query('begin read write');
  try {
    await operator.query('set local role app');
    await operator.query('delete from public.events where false');
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await operator.query('rollback');
  }
}
