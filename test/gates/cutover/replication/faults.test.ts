import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { markBuilding, markCandidate, readCandidate } from '../../../../gates/cutover/candidate.ts';
import { namesOf } from '../../../../gates/cutover/plan.ts';
import { appliedBy } from '../../../../gates/cutover/replication/applied.ts';
import { leaveToItself } from '../../../../gates/cutover/replication/leave-to-itself.ts';
import { fromTargetVariable } from '../../../../gates/cutover/replication/source-conninfo.ts';
import { startReplication } from '../../../../gates/cutover/replication/start-replication.ts';
import { stopReplication } from '../../../../gates/cutover/replication/stop-replication.ts';
import { dropSubscription } from '../../../../gates/cutover/replication/subscription.ts';
import { refuse } from '../../../../gates/cutover-backfill/refuse.ts';
import { GateError } from '../../../../gates/kernel/gate-error.ts';
import { ensureLedger } from '../../../../gates/kernel/ledger/schema.ts';
import { readTableShapes } from '../../../../gates/verify/table-shape.ts';
import { until } from '../../../support/until.ts';
import { majors, verifyDatabase } from '../../verify/verify-servers.ts';
import { type CutoverPair, carryOver, cutoverPair, leftOn, settle } from './cutover-pair.ts';

describe('a replication that something happens to', function () {
  this.timeout(600_000);
  let pair: CutoverPair;
  const made = async () => {
    pair = await cutoverPair((await verifyDatabase(majors.target)).url, (await verifyDatabase(majors.target)).url);
    return pair;
  };
  const start = async (step?: (done: string) => void) =>
    startReplication(pair.source, pair.target, pair.plan, await readTableShapes(pair.source), {
      build: pair.build,
      ...(step && { step }),
    });
  const refused = async (work: Promise<unknown>, code: string): Promise<GateError> => {
    let thrown: unknown;
    await work.catch((error: unknown) => {
      thrown = error;
    });
    assert.ok(thrown instanceof GateError, String(thrown));
    assert.deepEqual(
      thrown.findings.map((finding) => finding.code),
      [code],
    );
    return thrown;
  };
  /** It ends well: all is followed, and all rows are equal after another change. */
  const endsWell = async () => {
    await carryOver(pair);
    await pair.source.query(`update public.plain set body = 'late' where id % 1000 = 3`);
    await settle(pair);
    assert.deepEqual(await pair.differences(), []);
  };
  afterEach(() => pair.close());

  it('is begun anew after a fault behind any of its steps, and until then is no candidate for any gate', async () => {
    await made();
    for (let fault = 0; fault < 4; fault += 1) {
      let steps = 0;
      const step = () => {
        if (steps++ === fault) throw new Error('cut off');
      };
      await assert.rejects(start(step), /cut off/);
      assert.equal((await readCandidate(pair.target))?.state, 'building');
      await refused(ensureLedger(pair.target), 'CANDIDATE_UNFINISHED');
    }
    await endsWell();
  });

  it('is gone on with where subscription, slot and publications are as they were made', async () => {
    await made();
    assert.equal(await start(), 'new');
    assert.equal(await start(), 'resumed');
    await endsWell();
    await pair.target.query(`alter subscription ${namesOf(pair.plan).subscription} disable`);
    assert.equal(await start(), 'resumed');
    await endsWell();
  });

  const losses: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'its slot is gone',
      async () => {
        const { subscription, slot } = namesOf(pair.plan);
        await pair.target.query(`alter subscription ${subscription} disable`);
        await until('the reader is gone', async () => {
          const { rows } = await pair.source.query(
            `select active from pg_replication_slots where slot_name = '${slot}'`,
          );
          return rows[0].active === false;
        });
        await pair.source.query(`select pg_drop_replication_slot('${slot}')`);
      },
    ],
    [
      'its subscription is gone and the slot is not',
      () => dropSubscription(pair.target, namesOf(pair.plan).subscription),
    ],
    [
      'a publication has another table',
      () => pair.source.query(`alter publication ${namesOf(pair.plan).publication} drop table only public.plain`),
    ],
    [
      'it is of an earlier build',
      async () => {
        const { cutover, plan, source } = (await readCandidate(pair.target)) ?? assert.fail('no mark');
        pair = { ...pair, build: await markBuilding(pair.target, { cutover, plan, source }) };
      },
    ],
  ];
  for (const [what, happens] of losses) {
    it(`begins anew, with empty tables, when ${what}`, async () => {
      await made();
      await carryOver(pair);
      await happens();
      assert.equal(await start(), 'new');
      await endsWell();
    });
  }

  it('goes on by itself when the connection between the servers is cut', async () => {
    await made();
    await carryOver(pair);
    for (let cut = 0; cut < 3; cut += 1) {
      await pair.source.query(
        `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1`,
        [namesOf(pair.plan).slot],
      );
      await pair.source.query(`update public.plain set body = 'cut ${cut}' where id = 5`);
      await until('it is there', async () => {
        const { rows } = await pair.target.query('select body from public.plain where id = 5');
        return rows[0].body === `cut ${cut}`;
      });
    }
    assert.deepEqual(await pair.differences(), []);
  });

  it('goes on by itself as soon as it is left to itself, however late its worker hears of that', async () => {
    await made();
    await carryOver(pair);
    const { subscription, slot } = namesOf(pair.plan);
    await pair.target.query(`alter subscription ${subscription} set (disable_on_error = true)`);
    await settle(pair);
    const { rows } = await pair.target.query('select pid from pg_stat_subscription where subname = $1', [subscription]);
    const worker = rows[0].pid as number;
    process.kill(worker, 'SIGSTOP');
    let left: Promise<void>;
    try {
      left = leaveToItself(pair.source, pair.target, pair.plan, AbortSignal.timeout(180_000));
      await until('it is told', async () => {
        const { rowCount } = await pair.target.query(
          'select from pg_subscription where subname = $1 and not (subdisableonerr and subenabled)',
          [subscription],
        );
        return rowCount === 1;
      });
      await pair.source.query(
        'select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1',
        [slot],
      );
    } finally {
      process.kill(worker, 'SIGCONT');
    }
    await left;
    await pair.source.query(`update public.plain set body = 'cut' where id = 5`);
    await until('it is there', async () => {
      const { rows } = await pair.target.query('select body from public.plain where id = 5');
      return rows[0].body === 'cut';
    });
  });

  it('stops with a reason where a row cannot be applied, and goes on once that is mended', async () => {
    await made();
    await carryOver(pair);
    await pair.target.query('insert into public.empty_one values (1)');
    await pair.source.query('insert into public.empty_one values (1)');
    const error = await refused(settle(pair), 'REPLICATION_FAILING');
    assert.equal(error.verdict, 'errored');
    await pair.target.query('delete from public.empty_one');
    await endsWell();
  });

  it('says so when the source does not keep the WAL any more, and begins anew', async () => {
    await made();
    await carryOver(pair);
    const { subscription, slot } = namesOf(pair.plan);
    const limit = async (size: string) => {
      await pair.source.query(`alter system set max_slot_wal_keep_size = '${size}'`);
      await pair.source.query('select pg_reload_conf()');
    };
    await pair.target.query(`alter subscription ${subscription} disable`);
    await limit('1MB');
    try {
      await until('the slot is lost', async () => {
        await pair.source.query(`select pg_logical_emit_message(false, 'test', repeat('x', 4000000)), pg_switch_wal()`);
        await pair.source.query('checkpoint');
        const { rows } = await pair.source.query(
          `select wal_status from pg_replication_slots where slot_name = '${slot}'`,
        );
        return rows[0].wal_status === 'lost';
      });
      const error = await refused(settle(pair), 'REPLICATION_SLOT_LOST');
      assert.equal(error.verdict, 'failed');
    } finally {
      await limit('-1');
    }
    assert.equal(await start(), 'new');
    await endsWell();
  });

  it('is lost with its publication, and nothing counts as applied then', async () => {
    await made();
    await carryOver(pair);
    const { publication } = namesOf(pair.plan);
    await pair.source.query(`drop publication ${publication}`);
    const applied = appliedBy(pair.source, pair.target, pair.plan)('0/0', AbortSignal.timeout(180_000));
    await refused(applied, 'REPLICATION_LOST');
  });

  it('is not taken from another target that still follows', async () => {
    await made();
    await carryOver(pair);
    const other = await cutoverPair(
      (await verifyDatabase(majors.target)).url,
      (await verifyDatabase(majors.source)).url,
    );
    try {
      const plan = { ...other.plan, id: pair.plan.id };
      const { message } = await refused(
        startReplication(pair.source, other.target, plan, await readTableShapes(pair.source), { build: other.build }),
        'REPLICATION_SLOT_TAKEN',
      );
      assert.match(message, /read by pid \d+/);
    } finally {
      await other.close();
    }
    await endsWell();
  });

  it('is not made where updates of the source would fail by it', async () => {
    await made();
    await pair.source.query('create table public.bare (a int); alter table public.parts_old replica identity nothing');
    let thrown: unknown;
    await start().catch((error: unknown) => {
      thrown = error;
    });
    assert.ok(thrown instanceof GateError);
    assert.deepEqual(
      thrown.findings.map(({ code, about }) => `${code} ${about}`),
      ['REPLICATION_IDENTITY_MISSING public.bare', 'REPLICATION_IDENTITY_MISSING public.parts_old'],
    );
    assert.deepEqual(await leftOn(pair), []);
    await pair.source.query('update public.bare set a = 1; update public.parts set v = v');
  });

  it('empties nothing in a target that is not marked as being built', async () => {
    await made();
    await markCandidate(pair.target, pair.build, 'serving', '');
    await refused(start(), 'CANDIDATE_NOT_READY');
    const { rows } = await pair.target.query('select count(*)::int as rows from public.plain');
    assert.equal(rows[0].rows, 20_000);
  });

  it('is refused where the target reaches another database, and tells no password', async () => {
    await made();
    const variable = fromTargetVariable(pair.plan);
    const source = new URL(process.env[pair.plan.source.direct] ?? '');
    const set = (change: Partial<Record<'pathname' | 'password' | 'port', string>>) => {
      process.env[variable] = Object.assign(new URL(source), change).href;
    };
    try {
      set({ pathname: '/postgres' });
      await refused(start(), 'REPLICATION_ELSEWHERE');
      for (const change of [{ password: "not'the\\one" }, { port: '1' }]) {
        set(change);
        const error = await refused(start(), 'REPLICATION_ELSEWHERE');
        assert.doesNotMatch(error.message, /not'the|password=/);
        assert.ok(!error.message.includes(source.password));
      }
      set({});
      await endsWell();
    } finally {
      delete process.env[variable];
    }
  });

  it('leaves nothing behind when it is stopped in the middle of a copy, nor a second time', async () => {
    await made();
    await start();
    // As a worker leaves it whose subscription is dropped while the source is out of reach.
    const { rows } = await pair.target.query('select system_identifier::text as system from pg_control_system()');
    const orphan = `pg_4000000000_sync_1_${rows[0].system}`;
    await pair.source.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [orphan]);
    await refused(stopReplication(undefined, pair.target, pair.plan), 'REPLICATION_LEFT');
    assert.deepEqual(await leftOn(pair, 'target'), []);
    const error = await refused(stopReplication(pair.source, undefined, pair.plan), 'REPLICATION_LEFT');
    assert.ok(error.message.includes(orphan), error.message);
    await stopReplication(pair.source, pair.target, pair.plan);
    assert.deepEqual(await leftOn(pair), []);
    await stopReplication(pair.source, pair.target, pair.plan);
    await endsWell();
  });

  it('is ended by a refusal, for this build and no other', async () => {
    await made();
    await carryOver(pair);
    await refuse(pair.source, pair.target, pair.plan, '00000000-0000-0000-0000-000000000000', 'not this one');
    assert.equal((await readCandidate(pair.target))?.state, 'building');
    await refuse(pair.source, pair.target, pair.plan, pair.build, 'rows differ');
    const candidate = await readCandidate(pair.target);
    assert.deepEqual([candidate?.state, candidate?.note], ['refused', 'rows differ']);
    assert.deepEqual(await leftOn(pair), []);
  });
});
