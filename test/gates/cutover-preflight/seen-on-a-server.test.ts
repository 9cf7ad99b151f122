import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { createSlot } from '../../../gates/cutover/replication/slot.ts';
import { reportOf } from '../../../gates/cutover-preflight/evidence.ts';
import { until } from '../../support/until.ts';
import { run } from '../cutover/pair.ts';
import { type SidesOnAServer, sidesOnAServer } from './sides-on-a-server.ts';

const settings = `
max_prepared_transactions = 4
max_connections = 20
allow_in_place_tablespaces = on
`;
/** Everything a test made goes; what is the whole server's it takes away by itself. */
const empty = `
do $$ declare each text; begin
  for each in select extname from pg_extension where extname <> 'plpgsql' loop execute format('drop extension %I cascade', each); end loop;
  for each in select pubname from pg_publication loop execute format('drop publication %I', each); end loop;
end $$;
drop schema public cascade; create schema public; grant usage on schema public to public;`;

/** Rolls back what this database has prepared. */
async function rollbackPrepared(url: string): Promise<void> {
  const prepared = await run(url, 'select gid from pg_prepared_xacts where database = current_database()');
  for (const { gid } of prepared) await run(url, `rollback prepared '${gid}'`);
}

describe('what preflight sees on a server', function () {
  this.timeout(300_000);
  let on: SidesOnAServer;
  before(async () => {
    on = await sidesOnAServer(settings);
  });
  after(() => on?.close());
  afterEach(async () => {
    for (const url of [on.source, on.target]) await run(url, empty);
  });

  describe('of the rows of extensions', () => {
    /** An extension whose table has two rows of its users' and one of its own, and a log that it did not mark. */
    const made = `
      create extension citext; create table jobs (id int primary key, what text); create sequence job_ids;
      create table job_log (line text);
      alter extension citext add table jobs; alter extension citext add sequence job_ids; alter extension citext add table job_log;
      insert into jobs values (1, 'its own');
      update pg_extension set extconfig = array['jobs'::regclass, 'job_ids'::regclass]::oid[], extcondition = array['where id > 1', '']
      where extname = 'citext'`;
    const used = `insert into jobs values (2, 'nightly'), (3, 'weekly'); select setval('job_ids', 3); insert into job_log values ('ran')`;

    it('says nothing where none are of the users', async () => {
      await run(on.source, made);
      const seen = await on.seen();
      assert.deepEqual(on.said(seen, 'extensionRows'), []);
      assert.deepEqual(
        seen.source.extensionRows.map(({ name, rows }) => [name, rows]),
        [
          ['public.job_ids', 0],
          ['public.jobs', 0],
        ],
      );
      assert.deepEqual(seen.source.extensionTables, []);
    });

    it('blocks while the target does not have them, and looks whether they are the same', async () => {
      await run(on.source, `${made}; ${used}`);
      const seen = await on.seen();
      assert.deepEqual(on.said(seen, 'extensionRows'), [
        'WARNING EXTENSION_ROWS public.job_ids of citext',
        'BLOCKER EXTENSION_ROWS public.jobs of citext',
      ]);
      assert.deepEqual(seen.source.extensionTables, ['public.job_log']);
      assert.deepEqual(
        seen.source.relations.map(({ name }) => name),
        [],
      );
      const kept = reportOf('replicate', seen).notCarried.find(({ what }) => what.startsWith('rows that extensions'));
      assert.deepEqual([kept?.count, kept?.names], [3, ['public.job_ids of citext', 'public.jobs of citext']]);
      await run(on.target, `${made}; ${used}`);
      assert.deepEqual(on.said(await on.seen(), 'extensionRows'), []);
      await run(on.target, `update jobs set what = 'weekly, not yet' where id = 3`);
      assert.deepEqual(on.said(await on.seen(), 'extensionRows'), ['WARNING EXTENSION_ROWS public.jobs of citext']);
      await run(on.target, 'delete from jobs where id = 3');
      assert.deepEqual(on.said(await on.seen(), 'extensionRows'), ['BLOCKER EXTENSION_ROWS public.jobs of citext']);
    });

    it('does not take those for none that the operator may not see', async () => {
      await run(
        on.source,
        `${made}; ${used}; alter table jobs enable row level security; create role looker login password 'let me look';
         grant select on jobs to looker; grant pg_monitor to looker`,
      );
      try {
        const seen = await on.seen({}, on.source.replace(/\/\/[^@]*@/, '//looker:let%20me%20look@'));
        assert.ok(on.said(seen, 'extensionRows').includes('BLOCKER EXTENSION_ROWS public.jobs of citext'));
        assert.equal(seen.source.extensionRows.find(({ sequence }) => !sequence)?.rows, null);
      } finally {
        await run(on.source, 'drop owned by looker; drop role looker');
      }
    });

    it('runs a condition as one statement that only reads', async () => {
      await run(on.source, `${made}; ${used}`);
      const withCondition = (condition: string) =>
        run(
          on.source,
          `update pg_extension set extcondition = array[$sql$${condition}$sql$, ''] where extname = 'citext'`,
        );
      for (const condition of ['where true) x; delete from jobs; --', "where nextval('public.job_ids') > 0"]) {
        await withCondition(condition);
        await assert.rejects(on.seen(), /multiple commands|read-only transaction|syntax error/);
      }
      await withCondition('where id > 1 -- a comment');
      assert.equal((await on.seen()).source.extensionRows.find(({ sequence }) => !sequence)?.rows, 2);
    });
  });

  it('tells publications of others from ours, on both sides', async () => {
    await run(
      on.source,
      `create table t (id int primary key); create publication everything for all tables; create publication nothing;
       create publication sallyport_sample for table t; create publication "sallyport_sample#1" for table t`,
    );
    await run(
      on.target,
      `create publication by_schema for tables in schema public; create publication sallyport_sample_back; create publication nothing`,
    );
    const seen = await on.seen();
    assert.deepEqual(on.said(seen, 'otherPublications'), [
      'WARNING PUBLICATION_LEFT_BEHIND everything',
      `WARNING PUBLICATION_IN_THE_WAY ${seen.plan.source.at} sallyport_sample`,
      `BLOCKER PUBLICATION_IN_THE_WAY ${seen.plan.target.at} sallyport_sample_back`,
      `WARNING PUBLICATION_IN_THE_WAY ${seen.plan.target.at} by_schema`,
    ]);
    const left = reportOf('replicate', seen).notCarried.find(({ what }) => what === 'publications');
    assert.deepEqual(left?.names, ['everything', 'nothing']);
  });

  it('takes a deferrable primary key for no replica identity', async () => {
    await run(
      on.source,
      `create table late (id int primary key deferrable); create table whole (id int primary key deferrable);
       alter table whole replica identity full; create table spans (id int primary key deferrable) partition by range (id);
       create table spans_1 partition of spans for values from (0) to (9)`,
    );
    assert.deepEqual(on.said(await on.seen(), 'replicaIdentity'), [
      'BLOCKER REPLICA_IDENTITY public.late',
      'BLOCKER REPLICA_IDENTITY public.spans',
      'BLOCKER REPLICA_IDENTITY public.spans_1',
      'WARNING REPLICA_IDENTITY_FULL public.whole',
    ]);
    // As the server has it, once such a table is published.
    await run(on.source, 'create publication p for table late; insert into late values (1)');
    await assert.rejects(run(on.source, 'update late set id = 2'), /does not have a replica identity/);
  });

  it('sees prepared and open transactions, those of other databases too, and so does who waits for a slot', async () => {
    await run(on.source, 'create table t (id int)');
    await run(on.target, 'create table t (id int)');
    await run(on.source, `begin; insert into t values (1); prepare transaction 'near'`);
    const waits = await on.session(on.source);
    await waits.query(`set statement_timeout = '300ms'`);
    const open = await on.session(on.target);
    try {
      await run(on.target, `begin; insert into t values (1); prepare transaction 'far'`);
      await run(on.source, `rollback prepared 'near'`);
      await assert.rejects(createSlot(waits, 'waiting'), /prepared transaction far of postgres in there since/);
      await run(on.source, `begin; insert into t values (1); prepare transaction 'near'`);
      await open.query(`set application_name = 'nightly'; begin; insert into t values (2)`);
      const seen = await on.seen();
      assert.deepEqual(on.said(seen, 'transactions').slice(0, 2), [
        'BLOCKER PREPARED_TRANSACTION near',
        'WARNING PREPARED_TRANSACTION far in there',
      ]);
      assert.match(
        on.said(seen, 'transactions')[2] ?? '',
        /^WARNING LONG_TRANSACTION postgres \(nightly\), \d+ s in there$/,
      );
      assert.equal(on.said(seen, 'transactions').length, 3);
    } finally {
      // What is open would hold up whoever comes after a test that failed.
      await Promise.all([waits.end(), open.end()]);
      for (const url of [on.source, on.target]) await rollbackPrepared(url);
    }
    assert.deepEqual(on.said(await on.seen(), 'transactions'), []);
  });

  it('counts slots, senders, workers and sessions of others, and none of this cutover', async () => {
    const conninfo = on.source.replace(/'/g, '');
    await run(on.source, 'create table t (id int primary key); create publication p for table t');
    await run(on.target, 'create table t (id int primary key)');
    const names = ['theirs', 'sallyport_sample'];
    for (const name of [...names, 'pg_1_sync_2_3']) {
      await run(on.source, `select pg_create_logical_replication_slot('${name}', 'pgoutput')`);
    }
    try {
      const before = (await on.seen()).target;
      assert.deepEqual([before.background, before.senders, before.workers], [1, 0, 0], 'the launcher alone');
      for (const name of names) {
        await run(
          on.target,
          `create subscription ${name} connection '${conninfo}' publication p with (create_slot = false, copy_data = false)`,
        );
      }
      await run(
        on.target,
        `create subscription resting connection '${conninfo}' publication p with (connect = false);
         create subscription detached connection '${conninfo}' publication p with (connect = false);
         alter subscription detached set (slot_name = none)`,
      );
      await until('both follow', async () => {
        const [count] = await run(on.source, 'select count(*)::int as n from pg_stat_replication');
        const [own] = await run(on.source, 'select count(*)::int as n from pg_stat_subscription where pid is not null');
        return count?.n === 2 && own?.n === 2;
      });
      const { source, target, ...rest } = await on.seen();
      assert.deepEqual([source.slots, source.senders, source.otherSlots], [2, 1, ['theirs']]);
      assert.deepEqual([target.workers, target.background], [1, 2]);
      assert.deepEqual([target.subscriptions, target.detached], [['resting', 'theirs'], ['detached']]);
      const blocked = on.said({ ...rest, source, target }, 'otherReplication');
      assert.deepEqual(blocked, [
        `BLOCKER REPLICATION_IN_THE_WAY ${rest.plan.target.at} resting`,
        `BLOCKER REPLICATION_IN_THE_WAY ${rest.plan.target.at} theirs`,
        'WARNING REPLICATION_LEFT_BEHIND theirs',
      ]);
      assert.equal(source.settings.wal_level, 'logical');
      // One sender is theirs: with as many as there are, none is left for ours.
      const few = { ...source, settings: { ...source.settings, max_wal_senders: '3' } };
      assert.deepEqual(on.said({ ...rest, source: few, target }, 'replicationRoom'), [
        'BLOCKER REPLICATION_ROOM SEEN_SOURCE_URL max_wal_senders',
      ]);
    } finally {
      for (const name of [...names, 'resting', 'detached']) {
        await run(on.target, `alter subscription ${name} disable`);
        await run(on.target, `alter subscription ${name} set (slot_name = none)`);
        await run(on.target, `drop subscription ${name}`);
      }
      await until('nobody reads', async () => (await run(on.source, 'select from pg_stat_replication')).length === 0);
      await run(on.source, 'select pg_drop_replication_slot(slot_name) from pg_replication_slots');
    }
  });

  it('counts the sessions that are open, and sees where connections and workers do not fit', async () => {
    const sessions = await Promise.all([1, 2, 3].map(() => on.session(on.source)));
    const own = await on.session(on.source);
    await own.query(`set application_name = 'sallyport cutover sample'`);
    const { source, ...rest } = await on.seen();
    assert.deepEqual([source.sessions, source.sessionsHere, rest.target.sessionsHere], [3, 3, 0]);
    // 20 connections, 3 of them reserved.
    assert.deepEqual(on.said({ ...rest, source }, 'connectionRoom'), []);
    const verify = (workers: number) => ({ verify: { ...rest.plan.verify, workers } });
    const warned = ['source', 'target'].map(
      (side) => `WARNING CONNECTION_ROOM SEEN_${side.toUpperCase()}_URL max_connections`,
    );
    assert.deepEqual(on.said(await on.seen(verify(12)), 'connectionRoom'), warned);
    assert.deepEqual(
      on.said(await on.seen(verify(13)), 'connectionRoom'),
      warned.map((line) => line.replace('WARNING', 'BLOCKER')),
    );
    await Promise.all([...sessions, own].map((client) => client.end()));
  });

  it('sees foreign tables and partitions, partitioned tables, and what the disks will need', async () => {
    await run(
      on.source,
      `create extension postgres_fdw; create server elsewhere foreign data wrapper postgres_fdw;
       create user mapping for public server elsewhere options (user 'u', password 'let me over');
       create foreign table remote (id int) server elsewhere;
       create table spans (id int) partition by range (id); create table spans_1 partition of spans for values from (0) to (9)
         partition by range (id);
       create foreign table spans_2 partition of spans for values from (9) to (18) server elsewhere`,
    );
    const seen = await on.seen();
    assert.deepEqual(on.said(seen, 'notReplicated'), [
      'WARNING FOREIGN_TABLE public.remote',
      'BLOCKER FOREIGN_TABLE public.spans_2',
    ]);
    const report = reportOf('replicate', seen);
    assert.deepEqual([report.tables, report.partitioned], [1, 1]);
    assert.ok(seen.source.bytes > 1024 ** 2);
    assert.deepEqual(report.needed, { targetBytes: Math.ceil(seen.source.bytes * 1.5), walBytes: 1024 ** 3 });
    assert.deepEqual(seen.source.beside.userMappings, ['elsewhere for public']);
    assert.ok(!JSON.stringify(report).includes('let me over'));
  });

  it('sees what is neither rows nor compared', async () => {
    await run(on.source, `create tablespace aside location ''`);
    try {
      await run(
        on.source,
        `create extension citext; grant execute on function citext_eq(citext, citext) to app;
         revoke usage on language plpgsql from public; grant set on parameter log_min_messages to app;
         create table t (id int primary key, body text) tablespace aside; create index by_body on t (body);
         create table sorted (id int references t); create index by_id on sorted (id); cluster sorted using by_id;
         alter table sorted disable trigger all;
         alter table t alter body set storage external; alter table t alter id set statistics 500;
         comment on table t is 'of a test'; comment on column t.id is 'a number'`,
      );
      const { keyTriggers, ...beside } = (await on.seen()).source.beside;
      assert.deepEqual(beside, {
        userMappings: [],
        comments: 2,
        columns: ['public.t.body', 'public.t.id'],
        kept: ['public.sorted', 'public.t'],
        grants: ['language plpgsql', 'parameter log_min_messages'],
        extensionGrants: ['function public.citext_eq(public.citext,public.citext)'],
      });
      assert.equal(keyTriggers.length, 2);
      assert.ok(keyTriggers.every((name) => /^"RI_ConstraintTrigger_c_\d+" on public\.sorted$/.test(name)));
    } finally {
      await run(on.source, 'drop table if exists sorted, t');
      await run(on.source, 'grant usage on language plpgsql to public');
      await run(on.source, 'revoke set on parameter log_min_messages from app');
      await run(on.source, 'drop tablespace aside');
    }
  });

  it('sees rights on the database that the target lacks, and a role that could not connect there', async () => {
    assert.deepEqual(on.said(await on.seen(), 'databaseGrants'), []);
    await run(on.source, 'create table t (id int); grant select on t to migrator');
    await run(on.source, 'grant create on database here to migrator');
    await run(on.target, 'revoke all on database there from public');
    try {
      assert.deepEqual(on.said(await on.seen(), 'databaseGrants'), [
        'BLOCKER DATABASE_GRANT_MISSING connect to app',
        'WARNING DATABASE_GRANT_MISSING connect to everybody',
        'WARNING DATABASE_GRANT_MISSING create to migrator',
        'WARNING DATABASE_GRANT_MISSING temporary to everybody',
      ]);
    } finally {
      await run(on.source, 'revoke create on database here from migrator');
      await run(on.target, 'grant connect, temporary on database there to public');
    }
  });
});
