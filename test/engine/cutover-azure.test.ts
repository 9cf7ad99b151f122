import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type AzureCutoverProject, azureCutoverProject } from '../support/azure/azure-cutover-project.ts';
import type { FaultKind } from '../support/azure/faults.ts';
import { killProgram } from '../support/kill-program.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';
import type { RunningProgram } from '../support/running-program.ts';
import { until } from '../support/until.ts';
import { assertAllBack, useDesk } from '../support/use-desk.ts';

/** What gives the second app its database. */
const secondPointing = { on: /^PATCH .*\/containerApps\/worker$/, body: /"secrets":/ };
const insert = `insert into events (reference, kind, subject, occurred_at) values ('by hand', 'login', 'account-1', now())`;
const acceptAnother = `
insert into sallyport.accepted (sha, release_digest, release, mode, revisions, history_digest, owner, receipts, accept_attempt)
select 'another', 'another', release, mode, revisions, history_digest, owner, receipts, -1
from sallyport.accepted order by seq desc limit 1`;

describe('an application on Azure that moves to another server, from PostgreSQL 17 to 18', function () {
  this.timeout(900_000);
  let desk: AzureCutoverProject;
  let root = '';
  before(async () => {
    desk = await azureCutoverProject(17);
  });
  after(() => desk?.remove());

  const used = (side: 'source' | 'target', work: () => Promise<void>) => useDesk(desk, side, work);
  /** Works while Azure does that wrong where the second app is given its database. */
  async function faulty(kind: FaultKind, work: () => Promise<void>, times?: number): Promise<void> {
    const { faults } = desk.project.azure;
    const before = faults.hits[kind] ?? 0;
    const fault = faults.inject({ kind, ...secondPointing, ...(times !== undefined && { times }) });
    try {
      await work();
    } finally {
      faults.lift(fault);
    }
    assert.ok((faults.hits[kind] ?? 0) > before, `nothing met ${kind}`);
  }
  const killedAtSecondApp = async (running: RunningProgram) => {
    const { hits } = desk.project.azure.faults;
    const before = hits.hung ?? 0;
    const come = until('the pointing has come to the second app', () => (hits.hung ?? 0) > before);
    await Promise.race([come, running.ended.then(({ output }) => assert.fail(output))]);
    return killProgram(running);
  };
  const pointer = async () => {
    const { pointer } = await desk.project.platform();
    assert.ok(pointer);
    return pointer;
  };
  const assertOn = async (side: 'source' | 'target') => {
    assert.equal((await (await pointer()).read()).port, desk.databases[side].port);
    await assertServing(desk.project, desk.project.config.release.sha);
  };
  const refusedPromotion = async (reason: string) => {
    const secrets = await (await desk.project.platform()).apps.listAppSecrets('database-url-app');
    const ended = assertRefused(await desk.project.up(), reason);
    assert.deepEqual(await (await desk.project.platform()).apps.listAppSecrets('database-url-app'), secrets);
    return ended;
  };
  const promoted = async () => {
    const { code, output } = await desk.project.up();
    assert.equal(code, 0, output);
    // Another server has restore points of its own: that gate judges anew, and all after it.
    assert.match(output, /accept: passed/);
  };

  it('is built beside the source by the migration job, and proven equal while it is written to', async () => {
    desk.config.cutover.stage = 'verify';
    await used('source', async () => {
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
    });
    ({ root } = await desk.evidence('verification.json'));
    const { migrated, logs } = await desk.evidence('cutover-schema.json');
    assert.equal(migrated, true);
    assert.match(logs.join('\n'), /applied/);
    await assertOn('source');
  });

  it('is opened by hand after a rehearsal that was killed between two apps, and refuses promotions until it has ended', async () => {
    desk.config.cutover.stage = 'all';
    await used('source', async () => {
      await faulty('hung', async () => {
        const ended = await killedAtSecondApp(await desk.start('rehearse-rollback'));
        assert.equal(ended.signal, 'SIGKILL', ended.output);
      });
      await assert.rejects((await pointer()).read(), /POINTER_DIVIDED/);
      await refusedPromotion('FLIP_UNFINISHED');
      const closed = await desk.cutover();
      assert.match(closed.output, /FLIP_UNFINISHED \S+: found a rehearsal that was cut off.*npm run rehearse-rollback/);
      const { code, output } = await desk.tool('thaw');
      assert.equal(code, 0, output);
      assert.match(output, /rights are back/);
      assert.equal((await (await pointer()).read()).port, desk.databases.source.port);
    });
  });

  it('has its way back rehearsed, also where Azure refuses twice', async () => {
    await used('source', () =>
      faulty(
        'error',
        async () => {
          const { code, output } = await desk.tool('rehearse-rollback');
          assert.equal(code, 0, output);
        },
        2,
      ),
    );
    assert.equal((await desk.evidence('rehearsal.json')).verdict, 'passed');
    await assertOn('source');
  });

  it('is divided by a kill between two apps, after a pointing of which every answer was lost, and then gets there', async () => {
    assertRefused(await desk.cutover(), `APPROVAL_MISSING ${root}`);
    await desk.approve(root);
    await used('target', async () => {
      await faulty('lost-answer', async () => {
        const { output } = assertRefused(await desk.cutover(), 'PLATFORM_UNREACHABLE');
        assert.match(output, /the source takes writes again/);
      });
      await faulty('hung', async () => {
        const ended = await killedAtSecondApp(await desk.start());
        assert.equal(ended.signal, 'SIGKILL', ended.output);
      });
      const cancelled = await desk.cutover('cancel', '--yes');
      assert.equal(cancelled.code, 0, cancelled.output);
      await assert.rejects((await pointer()).read(), /POINTER_DIVIDED/);
      const { code, output } = await desk.cutover();
      assert.equal(code, 0, output);
      assert.match(output, /cutover-flip: passed/);
      assert.match(output, /cutover-watch: passed/);
      assert.match(output, /next: name 127\.0\.0\.1:\d+\/app in the promotion stack/);
    });
    desk.project.database = desk.databases.target;
    await assertOn('target');
    const { from, to, revisions } = await desk.evidence('flip.json');
    const { source, target } = desk.databases;
    assert.deepEqual([from, to], [`127.0.0.1:${source.port}/app`, `127.0.0.1:${target.port}/app`]);
    assert.deepEqual(Object.keys(revisions).sort(), ['api', 'worker']);
  });

  it('lets nobody write to the source any more', async () => {
    const app = desk.databases.source.users?.app;
    await assert.rejects(desk.sql('source', `set role "${app}"; ${insert}`), /permission denied|read-only/);
  });

  it('changes nothing when it is run again', async () => {
    const { code, output } = await desk.cutover();
    assert.equal(code, 0, output);
    assert.match(output, /\d+ unchanged/);
    assert.doesNotMatch(output, /updated|created|replaced/);
  });

  it('refuses a promotion that still names the server that was left, and gives no app its database back', async () => {
    const { output } = await refusedPromotion('DATABASE_LEFT cutover desk');
    const { target } = desk.databases;
    assert.match(output, new RegExp(`found the application on 127\\.0\\.0\\.1:${target.port}/app since 20`));
    assert.match(output, /needed sallyport:platform\.server and sallyport:platform\.database to name it/);
    await assertOn('target');
  });

  it('goes on with promotions that name the new server, and leaves the old one where it is', async () => {
    desk.nameTarget();
    await desk.unprotectServer();
    await used('target', promoted);
    await assertOn('target');
    assert.ok(desk.project.azure.world.resources.has(desk.serverId.toLowerCase()), 'the old server was deleted');
    await desk.sql('source', 'select from events limit 1');
  });

  it('does not go back where another release was accepted since', async () => {
    const ledger = await desk.project.session('gates');
    await ledger.query(acceptAnother);
    assertRefused(
      await desk.tool('way-back'),
      'PROMOTED_SINCE_FLIP ledger: found release another accepted on the target',
    );
    await ledger.query(`delete from sallyport.accepted where sha = 'another'`);
    await assertOn('target');
  });

  it('goes back with every row that was written meanwhile', async () => {
    await used('source', async () => {
      const { code, output } = await desk.tool('way-back');
      assert.equal(code, 0, output);
    });
    desk.project.database = desk.databases.source;
    await assertOn('source');
    await assertAllBack(desk);
  });

  it('promotes where it is again, and not on the candidate that was refused', async () => {
    await refusedPromotion('CANDIDATE_UNFINISHED');
    desk.nameSource();
    await promoted();
    await assertOn('source');
  });
});
