import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { connect } from '../../../gates/kernel/database.ts';
import { ensureLedger } from '../../../gates/kernel/ledger/schema.ts';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import type { Release } from '../../../gates/kernel/release.ts';
import { openWorld } from '../../../gates/kernel/world.ts';
import { type MigrateDone, type MigrateFacts, type MigrateInputs, markVariable } from '../../../gates/migrate/facts.ts';
import { migrate } from '../../../gates/migrate/migrate.ts';
import { migrationSet } from '../../../gates/migrate/migration-set.ts';
import { migrationTool } from '../../../gates/migrate/tools/index.ts';
import type { JobSpec } from '../../../infra/container-apps/container-apps.ts';
import { destroyEnvironment, ensureEnvironment, type LocalEnvironment } from '../../../infra/local/environment.ts';
import { imageDigest, importImage } from '../../../infra/local/images.ts';
import { openLocalPlatform } from '../../../infra/local/open-local-platform.ts';
import type { Platform } from '../../../infra/platform.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../sample-release.ts';

const directory = join('.sallyport', `test-executions-${process.pid}`);
const step = ['node', 'migrate.ts', 'up', '{count}'];
const index = '20250203083000_index-unscored-events';

describe('the executions of the migration job', () => {
  let environment: LocalEnvironment;
  let platform: Platform;
  let release: Release;
  let job: JobSpec;
  let other: Client;
  let attempt = 0;

  before(async () => {
    environment = await ensureEnvironment(directory);
    platform = await openLocalPlatform(environment.address);
    const source = join(projectRoot, 'stacks/app');
    const digest = await imageDigest(source);
    await importImage(directory, source, digest);
    const image = `app@sha256:${digest}`;
    const set = await migrationSet(join(source, 'migrations'), migrationTool('node-pg-migrate'));
    const files = [...set.files];
    const [service] = Object.values(sampleRelease().services);
    assert.ok(service);
    release = sampleRelease({
      services: { api: { ...service, image } },
      migrations: { tool: 'node-pg-migrate', service: 'api', command: ['node', 'migrate.ts'], files },
    });
    job = {
      container: {
        name: 'migrate',
        image,
        command: ['node', 'migrate.ts'],
        env: [{ name: 'DATABASE_URL', secretRef: 'database-url-migrator' }],
      },
      secrets: [{ name: 'database-url-migrator', keyVaultUrl: 'local://secrets/database-url-migrator' }],
      replicaTimeoutSeconds: 60,
      replicaRetryLimit: 0,
      parallelism: 1,
      replicaCompletionCount: 1,
    };
    await platform.apps.putJob('migrate', job);
    const gates = await connect(platform, environment.database, 'gates', 'a test');
    await ensureLedger(gates);
    await gates.end();
  });
  after(async () => {
    await other.end();
    await destroyEnvironment(directory);
    await rm(join(projectRoot, directory), { recursive: true, force: true });
  });

  /** Runs the gate's act on the first `count` migrations of the release; `heard` is told each progress line. */
  async function run(
    count: number,
    own: Partial<MigrateInputs> = {},
    heard: (line: string) => void = () => undefined,
    of = release,
  ) {
    attempt += 1;
    const files = of.migrations.files.slice(0, count);
    const some = { ...of, migrations: { ...of.migrations, files } };
    const plan = { [index]: { class: 'waiting', buildsIndexes: ['events_unscored'] } };
    const inputs: MigrateInputs = {
      ...sampleInputs({ release: some, receipts: [receiptFor(some, 'rehearse', { plan })] }),
      platform: environment.address,
      database: environment.database,
      job: 'migrate',
      stepCommand: step,
      timeouts: { job: 60, lock: '1s', statement: '20s', waiting: { lock: '1min', statement: '1min' } },
      retries: { attempts: 3, baseSeconds: 0.1 },
      oldTransactions: { olderThanSeconds: 60, waitSeconds: 0 },
      ...own,
    };
    const context = { signal: new AbortController().signal, pending: true };
    const opened = openWorld('migrate', inputs, {
      ...context,
      attempt: { id: attempt, startedAt: '', startedMs: 0, resumed: false } as never,
    });
    const world = { ...opened.world, say: heard };
    try {
      const facts = (await migrate.inspect(world, inputs)) as MigrateFacts;
      const barred = migrate.judge(facts, inputs).map(({ code }) => code);
      const done = (await migrate.act?.(world, inputs, facts)) as MigrateDone;
      const codes = (migrate.conclude?.(done, facts, inputs) ?? []).map(({ code }) => code);
      return {
        done,
        codes,
        barred,
        tries: (done.executions ?? []).map((each) => `${each.batch}.${each.nth} ${each.status}`),
      };
    } finally {
      await opened.close();
    }
  }

  it('try a lock that is held again, and succeed once it is free', async () => {
    const first = await run(2);
    assert.deepEqual(first.tries, ['1.1 Succeeded']);
    other = await connect(platform, environment.database, 'migrator', 'somebody else');
    await other.query('set idle_in_transaction_session_timeout = 0; create table unrelated (id int)');
    await other.query('begin; lock table cases');
    const { tries, codes } = await run(3, {}, (line) => {
      if (line.includes('try 2 of 3')) void other.query('commit');
    });
    assert.deepEqual(tries, ['3.1 Failed', '3.2 Succeeded']);
    assert.deepEqual(codes, []);
  });

  it('refuse to build an index beside an old transaction, which they name', async () => {
    await other.query('begin isolation level repeatable read; insert into unrelated values (1)');
    const { codes, done } = await run(4, { oldTransactions: { olderThanSeconds: 0, waitSeconds: 0 } });
    assert.deepEqual(codes, ['OLD_TRANSACTION']);
    assert.match(done.old?.[0] ?? '', /somebody else, idle in transaction/);
    assert.deepEqual(done.executions, []);
  });

  it('drop the invalid index that a try left because of an unrelated transaction, and build it again', async () => {
    // The transaction of the test before is still open; a short lock_timeout is what breaks the build.
    const short = { job: 60, lock: '1s', statement: '20s', waiting: { lock: '1s', statement: '1min' } };
    const lines: string[] = [];
    const { tries, codes, done } = await run(4, { timeouts: short }, (line) => {
      lines.push(line);
      if (line.includes('try 3 of 3')) void other.query('commit');
    });
    assert.deepEqual(tries, ['4.1 Failed', '4.2 Failed', '4.3 Succeeded'], done.logs.join('\n'));
    assert.equal(lines.filter((line) => line.includes('events_unscored is invalid and left over')).length, 2);
    assert.deepEqual([codes, done.invalidIndexes], [[], []]);
  });

  it('give up after the last try, and say what became of the index', async () => {
    await other.query('drop index events_unscored');
    await other.query(`delete from pgmigrations where name = '${index}'`);
    await other.query('begin isolation level repeatable read; insert into unrelated values (1)');
    const short = { job: 60, lock: '1s', statement: '20s', waiting: { lock: '500ms', statement: '1min' } };
    const { tries, codes } = await run(4, { timeouts: short, retries: { attempts: 2, baseSeconds: 0.1 } });
    assert.deepEqual(tries, ['4.1 Failed', '4.2 Failed']);
    assert.deepEqual(codes, ['LOCK_NOT_GRANTED', 'INDEX_INVALID']);
    await other.query('commit');
  });

  it('are begun by another attempt also beside the index that the one before left', async () => {
    const { tries, codes, barred } = await run(4);
    assert.deepEqual(barred, []);
    assert.deepEqual([tries, codes], [['4.1 Succeeded'], []]);
    await other.query(`drop index events_unscored; delete from pgmigrations where name = '${index}'`);
  });

  it('follow the one that a killed engine started, and go on with the batches after it', async () => {
    const env = [...job.container.env, { name: markVariable, value: `abcdef012345-${attempt + 1}-4.1` }];
    const started = await platform.apps.startJob('migrate', {
      ...job.container,
      env,
      command: ['node', 'migrate.ts', 'up', '1'],
    });
    const { done, tries, codes } = await run(7);
    assert.equal(done.executions?.[0]?.name, started);
    assert.deepEqual(tries, ['4.1 Succeeded', '5.1 Succeeded']);
    assert.deepEqual(codes, []);
    const executions = await platform.apps.listExecutions('migrate');
    const marks = executions.map((execution) => execution.env[markVariable]);
    assert.equal(new Set(marks).size, marks.length, 'two executions have one mark');
  });

  it('go on with what is left when a tool that commits each migration met a lock in the middle', async () => {
    await other.query(`delete from holds; delete from cases; delete from events`);
    await other.query(`alter table cases drop column priority`);
    await other.query(`delete from pgmigrations where name > '20250217'`);
    await other.query('begin; lock table holds in access exclusive mode');
    const loop = 'for n in $(seq "$1"); do "$0" migrate.ts up 1 || exit 1; done';
    const stepCommand = ['sh', '-c', loop, process.execPath, '{count}'];
    const { tries, codes } = await run(7, { stepCommand }, (line) => {
      if (line.includes('going on with the rest')) void other.query('commit');
    });
    assert.deepEqual(tries, ['6.1 Failed', '7.1 Succeeded']);
    assert.deepEqual(codes, []);
  });

  it('are not repeated on a history that says that a migration stopped half-way', async () => {
    const files = [{ name: '1', file: '1_a.up.sql', sha256: '' }];
    const dirty = { ...release, migrations: { ...release.migrations, tool: 'golang-migrate', files } };
    const script = `
      const { Client } = await import('pg');
      const client = new Client({ connectionString: process.env.DATABASE_URL });
      await client.connect();
      await client.query('create table schema_migrations (version bigint primary key, dirty boolean not null)');
      await client.query('insert into schema_migrations values (1, true)');
      await client.end();
      console.error('canceling statement due to lock timeout');
      process.exit(1);`;
    const stepCommand = ['node', '--input-type=module', '-e', script];
    const { tries, codes } = await run(1, { stepCommand }, undefined, dirty);
    assert.deepEqual(tries, ['1.1 Failed']);
    assert.deepEqual(codes, ['LOCK_NOT_GRANTED']);
  });
});
