import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import { releasePromotionLocks, takePromotionLock } from '../../../gates/kernel/promotion-lock.ts';
import { until } from '../../support/until.ts';
import { freshDatabase, type TestDatabase } from '../local-environment.ts';

describe('the promotion lock', () => {
  let database: TestDatabase;
  let children: ChildProcess[] = [];
  before(async () => {
    database = await freshDatabase();
  });
  beforeEach(() => releasePromotionLocks());
  afterEach(async () => {
    const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
    children = [];
    await Promise.all(running.map((child) => end(child)));
    await releasePromotionLocks();
  });

  async function end(child: ChildProcess) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Another process that tries to take the lock, and what came of it. */
  async function another(): Promise<{ child: ChildProcess; said: string }> {
    const { platform, database: address } = database;
    const child = fork(join(import.meta.dirname, 'hold-promotion-lock.ts'), [
      JSON.stringify({ platform, database: address }),
    ]);
    children.push(child);
    const [said] = await once(child, 'message');
    return { child, said: String(said) };
  }

  const take = (of = database) => takePromotionLock(of.database.database, () => of.session());

  it('is kept by the process that took it, however often that asks', async () => {
    await take();
    await take();
    const { said } = await another();
    assert.match(said, /PROMOTION_IN_PROGRESS/);
  });

  it('is refused to a second process, which is told who holds it and since when', async () => {
    const { said } = await another();
    assert.equal(said, 'held');
    await assert.rejects(take(), (error) => {
      assert.ok(error instanceof GateError);
      assert.equal(error.findings[0]?.code, 'PROMOTION_IN_PROGRESS');
      assert.equal(error.verdict, 'failed');
      assert.match(
        error.findings[0]?.found ?? '',
        /"sallyport up other abcdef0" from 127\.0\.0\.1\S* since \d{4}-\d\d-\d\d/,
      );
      return true;
    });
  });

  it('is free as soon as the process that holds it is killed', async () => {
    const { child } = await another();
    await end(child);
    await until('the lock is free', () =>
      take().then(
        () => true,
        () => false,
      ),
    );
  });

  it('is on a session of its own, with no transaction, so that a concurrent index build does not wait for it', async () => {
    await take();
    const migrator = await database.session('migrator');
    try {
      await migrator.query(`set lock_timeout = '30s'`);
      await migrator.query('create table built (id int)');
      await migrator.query('create index concurrently built_id on built (id)');
      await migrator.query('drop index concurrently built_id');
      await migrator.query('drop table built');
    } finally {
      await migrator.end();
    }
    const { said } = await another();
    assert.match(said, /PROMOTION_IN_PROGRESS/, 'it was held all the time');
  });

  it('is one a database', async () => {
    const { said } = await another();
    assert.equal(said, 'held');
    await take(await freshDatabase());
  });

  it('is taken anew when the session that held it is gone', async () => {
    await take();
    const admin = await database.session();
    try {
      await admin.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`);
      await take();
      const { said } = await another();
      assert.match(said, /PROMOTION_IN_PROGRESS/);
    } finally {
      await admin.end();
    }
  });
});
