import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { parse, stringify } from 'yaml';
import { type CutoverProject, cutoverProject } from '../support/cutover-project.ts';
import { killProgram } from '../support/kill-program.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';
import type { Ended } from '../support/running-program.ts';
import { until } from '../support/until.ts';
import { useDesk } from '../support/use-desk.ts';

const spoil = `set session_replication_role = replica; update events set subject = 'spoilt' where reference = 'sample-0003'`;
const subject = `select subject from events where reference = 'sample-0003'`;

/**
 * Whoever puts this step on record never gets further than that: what is killed some time after a line is not past the step by
 * then. A timeout of its statement does not end the wait. Also where the database is read-only by default, while it is frozen.
 */
const holdAt = (step: string) => `
begin read write;
create function sallyport.held() returns trigger language plpgsql as $$ begin
  loop
    begin perform pg_sleep(600); exception when query_canceled then null; end;
  end loop;
end $$;
create trigger held before insert on sallyport.cutover_event for each row when (new.step = '${step}') execute function sallyport.held();
commit`;
/** A session whose program was killed goes on with its statement otherwise. */
const endGates = `
select pg_terminate_backend(pid, 60000) from pg_stat_activity
where backend_type = 'client backend' and usename = 'gates' and application_name like 'sallyport%'`;
const noHold = 'begin read write; drop function sallyport.held() cascade; commit';

describe('a cutover that is hit while the application is used', function () {
  this.timeout(900_000);
  let desk: CutoverProject;
  before(async () => {
    desk = await cutoverProject();
  });
  after(() => desk?.remove());

  const mark = async () =>
    (await desk.sql<{ state: string; note: string }>('target', 'select state, note from sallyport.candidate'))[0];

  /**
   * Kills the engine and everything that it started, once it has said that and before it puts the step `before` on record; then
   * takes the lock away that it left.
   */
  async function killedAt(line: RegExp, before: string): Promise<Ended> {
    await desk.sql('source', holdAt(before));
    const running = await desk.start();
    await running.sees(line).finally(() => killProgram(running));
    const ended = await running.ended;
    assert.equal(ended.signal, 'SIGKILL', ended.output);
    await desk.sql('source', endGates);
    await desk.sql('source', noHold);
    const cancelled = await desk.cutover('cancel', '--yes');
    assert.equal(cancelled.code, 0, cancelled.output);
    return ended;
  }

  const used = (side: 'source' | 'target', work: () => Promise<void>, mayFail?: RegExp) =>
    useDesk(desk, side, work, mayFail);

  async function assertOn(side: 'source' | 'target'): Promise<void> {
    assert.equal(await desk.serving(), side);
    await assertServing(desk.project, desk.project.config.release.sha);
    await used(side, async () => {});
  }

  /** Verified anew, approved, and as far as the flip. */
  async function approveAnew(): Promise<void> {
    assertRefused(await desk.cutover(), 'APPROVAL_OF_OTHER');
    await desk.approve();
  }

  it('goes on after kills while the schema is made, once there is a slot, and when all is copied', async () => {
    desk.config.cutover.stage = 'backfill';
    await used('source', async () => {
      for (const [line, before] of [
        [/cutover-schema: \d+ migrations on the target/, 'backfill-begun'],
        [/cutover-backfill: slot sallyport_/, 'backfill-done'],
        [/cutover-backfill: 4\/4 tables/, 'backfill-done'],
      ] as const) {
        await killedAt(line, before);
        assert.equal((await mark())?.state, 'building');
      }
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
      assert.match(output, /cutover-backfill: passed/);
    });
  });

  it('finds a row of the candidate that was changed by hand, names its key, and leaves nothing that replicates', async () => {
    await desk.sql('target', spoil);
    desk.config.cutover.stage = 'verify';
    const { output } = assertRefused(await desk.cutover(), 'CONTENT_DIFFERS');
    const [row] = await desk.sql<{ id: string }>('source', `select id from events where reference = 'sample-0003'`);
    assert.match(output, new RegExp(`events.*\\b${row?.id}\\b`));
    assert.equal((await mark())?.state, 'refused');
    assert.deepEqual(await desk.replicationOn('source'), []);
    assert.deepEqual(await desk.replicationOn('target'), []);
    await assertOn('source');
  });

  it('is built anew after that, and verified also where it was killed at it', async () => {
    await used('source', async () => {
      await killedAt(/cutover-verify: .* pieces digested/, 'verified');
      assert.equal((await mark())?.state, 'building');
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
      assert.match(output, /cutover-verify: passed/);
    });
    assert.equal((await mark())?.state, 'verified');
    assert.notEqual((await desk.sql<{ subject: string }>('target', subject))[0]?.subject, 'spoilt');
  });

  it('is not flipped past a closed gate, when only the flip is asked for', async () => {
    desk.config.cutover.stage = 'all';
    assertRefused(await desk.cutover('up', '--yes', '--skip-preview', '--target', '**cutover-flip'), 'RECEIPT_');
    await assertOn('source');
  });

  it('takes no approval along into another list of modules', async () => {
    const { root: approved } = await desk.evidence('verification.json');
    await desk.approve(approved);
    const file = join(desk.project.root, 'cutover.yaml');
    const mapping = parse(await readFile(file, 'utf8'));
    const { desk: _, ...modules } = mapping.verify.modules;
    await writeFile(file, stringify({ ...mapping, verify: { ...mapping.verify, modules } }));
    const { output } = assertRefused(await desk.cutover(), 'APPROVAL_OF_OTHER');
    assert.match(output, new RegExp(`found an approval of ${approved}|of this root under another plan`));
    assert.doesNotMatch(output, /cutover-flip:/);
    await assertOn('source');
  });

  it('goes back when a row that the source touched since is another one on the candidate', async () => {
    const rehearsed = await desk.tool('rehearse-rollback');
    assert.equal(rehearsed.code, 0, rehearsed.output);
    await desk.approve();
    await desk.sql('source', `update events set subject = 'touched' where reference = 'sample-0003'`);
    await until('the candidate has it', async () => {
      const [row] = await desk.sql<{ subject: string }>('target', subject);
      return row?.subject === 'touched';
    });
    await desk.sql('target', spoil);
    const { output } = assertRefused(await desk.cutover(), 'CONTENT_DIFFERS');
    assert.match(output, /cutover-flip: going back to the source/);
    assert.equal((await mark())?.state, 'refused');
    assert.deepEqual(await desk.replicationOn('source'), []);
    await assertOn('source');
  });

  it('goes back at once when the application does not work on the candidate, and serves from the source', async () => {
    await approveAnew();
    // No object of the schema, which is compared before anything is frozen.
    await desk.sql('target', 'alter role app set search_path = nowhere');
    const move = async () => {
      const { output } = assertRefused(await desk.cutover(), 'SMOKE_ASSERTION_FAILED overview');
      assert.match(output, /cutover-flip: point ….*cutover-flip: going back to the source/s);
    };
    // What was asked of the candidate, as long as it served.
    await used('source', move, /^500 .*INTERNAL_ERROR/);
    await desk.sql('target', 'alter role app reset search_path');
    assert.equal((await mark())?.state, 'refused');
    await assertOn('source');
  });

  it('loses nothing when a flip is killed before traffic moved, and the source opened again by hand', async () => {
    await approveAnew();
    await used('source', async () => {
      await killedAt(/cutover-flip: compare …/, 'flip: sequences');
      const { code, output } = await desk.tool('thaw');
      assert.equal(code, 0, output);
      assert.match(output, /settings, \d+ rights are back/);
      await assertOn('source');
    });
  });

  it('is finished by the next runs, however often a flip is killed', async () => {
    const { refused } = await used('target', async () => {
      for (const [step, next] of [
        ['freeze', 'drain'],
        ['compare', 'sequences'],
        ['point', 'start'],
        ['start', 'moving traffic'],
        ['traffic', 'smoke'],
      ] as const) {
        await killedAt(new RegExp(`cutover-flip: ${step} …`), `flip: ${next}`);
      }
      assertRefused(await desk.tool('thaw'), 'NOT_THE_ONE_THAT_SERVES');
      await killedAt(/cutover-flip: leave source …/, 'flip: opening');
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
      assert.match(output, /cutover-watch: passed/);
    });
    assert.ok(refused.length > 0, 'writes were frozen');
    assert.equal((await mark())?.state, 'serving');
    await assertOn('target');
  });
});
