import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { runMigrations } from '../../../gates/baseline/run-migrations.ts';
import { type CutoverInputs, namesOf, type Plan, planSchema } from '../../../gates/cutover/plan.ts';
import { cutoverPreflight } from '../../../gates/cutover-preflight/cutover-preflight.ts';
import { listenToProgress } from '../../../gates/kernel/progress.ts';
import { releasePromotionLocks } from '../../../gates/kernel/promotion-lock.ts';
import { gateProvider } from '../../../gates/kernel/provider.ts';
import type { Receipt } from '../../../gates/kernel/receipt.ts';
import { openWorld } from '../../../gates/kernel/world.ts';
import { environmentPaths } from '../../../infra/local/environment-paths.ts';
import { onSource, onTarget, operator, operatorPassword, writers } from '../../support/operator-roles.ts';
import { startPooler } from '../../support/pooler.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { inSession, type Pair, type PairDatabase, pairPlan, run, startPair } from '../cutover/pair.ts';
import { artifactsIn } from '../sample-gate.ts';
import { sampleInputs } from '../sample-release.ts';

for (const major of [undefined, 17]) {
  describe(`the preflight of a cutover from PostgreSQL ${major ?? 18} to 18`, function () {
    this.timeout(600_000);
    let pair: Pair;
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let target: PairDatabase;
    let plan: Plan;

    before(async () => {
      folder = await temporaryFolder();
      pair = await startPair(`preflight-${major ?? 18}`, major);
      const opened = openWorld('a test', pair, {
        signal: new AbortController().signal,
        attempt: undefined,
        pending: true,
      });
      const { code, lines } = await runMigrations(opened.world, { ...pair } as never, pair.source.address, 'head');
      await opened.close();
      assert.equal(code, 0, lines.join('\n'));
      await run(pair.source.url, `create role reviewer login password 'let the reviewer in'`);
    });
    after(async () => {
      await pair?.close();
      await folder?.remove();
    });
    beforeEach(async () => {
      target = await pair.newTarget();
      plan = pairPlan(pair.source, target);
    });
    afterEach(() => releasePromotionLocks());

    const inputs = (changes: Partial<CutoverInputs> = {}): CutoverInputs => {
      const { platform, source, release } = pair;
      const common = { platform, database: source.address, release, artifacts: artifactsIn(folder.path) };
      return { ...sampleInputs(common), plan, ...changes };
    };
    const gate = gateProvider(cutoverPreflight);

    /** What a preview says: blockers as failures, warnings as lines. */
    async function preview(changes: Partial<CutoverInputs> = {}) {
      const lines: string[] = [];
      const stop = listenToProgress((line) => lines.push(line));
      const { failures } = await gate.check({}, { ...inputs(changes) }).finally(stop);
      const all = [...failures.map(({ reason }) => reason), ...lines];
      const said = all.flatMap(
        (line) => /(BLOCKER|WARNING) ([A-Z_]+ .*?): found/.exec(line)?.slice(1, 3).join(' ') ?? [],
      );
      return { said, lines, failures: failures.map(({ reason }) => reason) };
    }

    it('lets it through in a preview and an update, with what it saw on record, and changes nothing', async () => {
      const { failures, lines } = await preview();
      assert.deepEqual(failures, []);
      assert.match(lines.join('\n'), /cutover-preflight: replicate, 4 tables, \d+ MB, from PostgreSQL 1\d\.\d+ to 18/);
      const { outs } = await gate.create({ ...inputs() });
      const { data } = outs.receipt as Receipt;
      const text = await readFile(join(folder.path, pair.release.sha, 'cutover-preflight.json'), 'utf8');
      const evidence = JSON.parse(text);
      assert.deepEqual([evidence.source.id, evidence.target.id], [data.sourceId, data.targetId]);
      assert.equal(evidence.tables, 4);
      assert.ok(evidence.notCarried.find(({ what }: { what: string }) => what === 'values of sequences').count > 0);
      assert.ok(!text.includes(new URL(target.url).password));
      assert.deepEqual(await run(pair.source.url, 'select slot_name from pg_replication_slots'), []);
      assert.deepEqual(await run(target.url, `select to_regclass('sallyport.candidate') as mark`), [{ mark: null }]);
    });

    it('names everything that is in the way at once', async () => {
      const odd = `
        create table no_key (id int); create unlogged table quick (id int primary key);
        create table "Odd ""x""" (id int, day int generated always as (id + 1) stored, primary key (id, day));
        create table spans (name text primary key) partition by range (name);
        create table late (id int primary key deferrable);
        create table whole (id int); alter table whole replica identity full;
        create function act() returns trigger language plpgsql as 'begin return new; end';
        create trigger acts before insert on whole for each row execute function act(); alter table whole enable always trigger acts;`;
      await run(pair.source.migrator, odd);
      await run(
        pair.source.url,
        `create role reports; grant select on cases to reports; select lo_create(0);
         create function note() returns event_trigger language plpgsql as 'begin end';
         create event trigger noted on ddl_command_end execute function note();
         alter database app set work_mem = '5MB'; create extension citext;
         create table jobs (id int); insert into jobs values (1); alter extension citext add table jobs;
         update pg_extension set extconfig = array['jobs'::regclass::oid], extcondition = array[''] where extname = 'citext';
         create publication others for table cases;`,
      );
      await run(pair.source.url, `select pg_create_logical_replication_slot('cdc', 'pgoutput')`);
      await run(target.url, 'create table somebodys (id int)');
      try {
        await inSession(pair.source.migrator, async () => {
          const { said } = await preview();
          for (const line of [
            `BLOCKER TARGET_NOT_EMPTY ${target.at}`,
            'WARNING EXTENSION_MISSING citext',
            'WARNING WAL_UNBOUNDED PAIR_SOURCE_URL max_slot_wal_keep_size',
            'BLOCKER REPLICA_IDENTITY public.no_key',
            'BLOCKER REPLICA_IDENTITY public.late',
            'WARNING REPLICA_IDENTITY_FULL public.whole',
            'BLOCKER EXTENSION_ROWS public.jobs of citext',
            'BLOCKER GENERATED_KEY public."Odd ""x"""',
            'BLOCKER TABLE_UNLOGGED public.quick',
            `BLOCKER LARGE_OBJECTS ${pair.source.at}`,
            'WARNING TRIGGER_ALWAYS acts on public.whole',
            'WARNING EVENT_TRIGGER noted',
            'WARNING REPLICATION_LEFT_BEHIND cdc',
            'WARNING PUBLICATION_LEFT_BEHIND others',
            'WARNING WRITER_NOT_FROZEN migrator ()',
            'WARNING SETTINGS_DIFFER setting of everybody work_mem',
          ]) {
            assert.ok(said.includes(line), `${line} is not in\n${said.join('\n')}`);
          }
          const other = said.filter((line) => line.startsWith('BLOCKER ') && line.includes('public.cases'));
          assert.deepEqual(other, []);
        });
        await assert.rejects(gate.create({ ...inputs() }), /cutover-preflight is closed: failed/);
      } finally {
        await run(pair.source.url, `select pg_drop_replication_slot('cdc')`);
        await run(
          pair.source.url,
          `drop publication others; drop extension citext; alter database app reset work_mem; drop event trigger noted;
           drop function note; select lo_unlink(oid) from pg_largeobject_metadata; drop owned by reports; drop role reports;
           drop table no_key, late, quick, "Odd ""x""", spans, whole; drop function act`,
        );
      }
      assert.match((await preview()).said.join(), /TARGET_NOT_EMPTY/);
      await run(target.url, 'drop table somebodys');
      assert.deepEqual((await preview()).failures, []);
    });

    it('names every right that the operator lacks', async () => {
      for (const { url } of [pair.source, target]) {
        await run(
          url,
          `do $$ begin if not exists (select from pg_roles where rolname = 'plain') then
          create role plain login password 'let plain in'; end if; end $$`,
        );
        await run(url, `grant connect on database ${new URL(url).pathname.slice(1)} to plain`);
      }
      const as = (database: PairDatabase) => ({
        ...database,
        url: database.url.replace(/\/\/postgres:[^@]*@/, '//plain:let%20plain%20in@'),
      });
      plan = pairPlan(as(pair.source), as(target));
      const { failures } = await preview();
      const rights = failures.filter((line) => line.includes('OPERATOR_RIGHTS'));
      for (const right of [
        'PAIR_SOURCE_URL: found role plain, which may not see what other sessions do',
        'PAIR_SOURCE_URL: found role plain, which may not end other sessions',
        'PAIR_SOURCE_URL: found role plain, which may not set the database read-only',
        'PAIR_SOURCE_URL: found role plain, which may not read public.',
        'PAIR_SOURCE_URL: found role plain, which may not replicate',
        'PAIR_SOURCE_URL: found role plain, which may not publish the tables of migrator',
        'PAIR_TARGET_URL: found role plain, which may not make schemas',
        'PAIR_TARGET_URL: found role plain, which may not mark the candidate',
        'PAIR_TARGET_URL: found role plain, which may not subscribe',
        'PAIR_TARGET_URL: found role plain, which may not act as migrator',
      ]) {
        assert.ok(
          rights.some((line) => line.includes(right)),
          `${right} is not in\n${rights.join('\n')}`,
        );
      }
      assert.ok(
        failures.some((line) => line.includes('FREEZE_ROLE_UNFIT app: found a role whose settings plain may not')),
      );
    });

    it('lets an operator through who is no superuser and has every right that is documented, and none with one less', async () => {
      const name = target.address.database;
      const reset = async () => {
        for (const [url, database] of [
          [pair.source.url, 'app'],
          [target.url, name],
        ] as const) {
          const [there] = await run(url, `select from pg_roles where rolname = '${operator}'`);
          if (there !== undefined) {
            await run(
              url,
              `alter database ${database} owner to postgres; drop owned by ${operator}; drop role ${operator}`,
            );
          }
        }
      };
      const said = async (source: readonly string[], there: readonly string[]) => {
        await reset();
        for (const [url, rights] of [
          [pair.source.url, source],
          [target.url, there],
        ] as const) {
          const database = new URL(url).pathname.slice(1);
          await run(
            url,
            `create role ${operator} login password '${operatorPassword}'; grant connect on database ${database} to ${operator}`,
          );
          for (const statement of rights) await run(url, statement);
        }
        return (await preview()).said.filter((line) => line.startsWith('BLOCKER'));
      };
      const as = (database: PairDatabase) => ({
        ...database,
        url: database.url.replace(/\/\/postgres:[^@]*@/, `//${operator}:${encodeURIComponent(operatorPassword)}@`),
      });
      plan = pairPlan(as(pair.source), as(target), { reverse: true, freeze: { ...plan.freeze, roles: [...writers] } });
      await run(target.url, 'drop schema sallyport');
      try {
        const [source, there] = [onSource('app'), onTarget(name)];
        assert.deepEqual(await said(source, there), []);
        for (const [index, right] of source.entries()) {
          const lines = await said(source.toSpliced(index, 1), there);
          assert.ok(
            lines.some((line) => /OPERATOR_RIGHTS PAIR_SOURCE_URL|FREEZE_ROLE_UNFIT/.test(line)),
            `source: ${right}`,
          );
        }
        for (const [index, right] of there.entries()) {
          const lines = await said(source, there.toSpliced(index, 1));
          assert.ok(
            lines.some((line) => /OPERATOR_RIGHTS PAIR_TARGET_URL|FREEZE_ROLE_UNFIT/.test(line)),
            `target: ${right}`,
          );
        }
      } finally {
        await reset();
      }
    });

    it('refuses writers that no freeze could stop, and what it could not give back', async () => {
      const name = 'a_door';
      await run(pair.source.url, `create role lead; grant migrator to lead; alter role app superuser`);
      try {
        assert.ok((await preview()).said.includes('BLOCKER FREEZE_ROLE_UNFIT app'));
        await run(
          pair.source.url,
          `alter role app nosuperuser; create function ${name}() returns int language sql security definer as 'select 1'`,
        );
        const { said, failures } = await preview();
        assert.deepEqual(
          said.filter((line) => line.startsWith('BLOCKER')),
          [`BLOCKER FREEZE_ROLE_UNFIT public.${name}()`],
        );
        assert.match(failures.join(), /a function with the rights of superuser postgres/);
      } finally {
        await run(pair.source.url, `alter role app nosuperuser; drop function if exists ${name}(); drop role lead`);
      }
    });

    it('refuses a source that does not serve, and one database twice', async () => {
      plan = pairPlan(target, target);
      const { said } = await preview();
      assert.ok(said.includes('BLOCKER SOURCE_NOT_SERVING PAIR_SOURCE_URL'));
      assert.ok(said.includes('BLOCKER SAME_DATABASE PAIR_TARGET_URL'));
    });

    it('refuses a release that does not serve yet', async () => {
      const { release } = pair;
      const more = { name: '20990101000000_next', file: '20990101000000_next.sql', sha256: 'x' };
      const next = { ...release, migrations: { ...release.migrations, files: [...release.migrations.files, more] } };
      const { said } = await preview({ release: next });
      assert.deepEqual(
        said.filter((line) => line.startsWith('BLOCKER')),
        ['BLOCKER SOURCE_NOT_AT_HEAD 20990101000000_next'],
      );
    });

    it('refuses a pooler where a direct address is needed, and a pooled one that leads elsewhere', async () => {
      const pooler = await startPooler(target.url, { share: true, options: 'drop' });
      try {
        const at = `127.0.0.1:${new URL(pooler.url).port}/${target.address.database}`;
        process.env.PAIR_POOLED_URL = (await pair.newTarget()).url;
        plan = pairPlan(pair.source, { ...target, url: pooler.url, at });
        plan = planSchema.parse({ ...plan, target: { ...plan.target, pooled: 'PAIR_POOLED_URL' } });
        const { said } = await preview();
        assert.ok(said.includes('BLOCKER SIDE_POOLED PAIR_TARGET_URL'), said.join('\n'));
        assert.ok(said.includes('BLOCKER POOLED_ELSEWHERE PAIR_POOLED_URL'), said.join('\n'));
        process.env.PAIR_TARGET_URL = target.url;
        process.env.PAIR_POOLED_URL = pooler.url;
        plan = planSchema.parse({ ...plan, target: { ...plan.target, at: target.at } });
        assert.deepEqual((await preview()).failures, [], 'a pooled address is right where one is asked for');
      } finally {
        await pooler.close();
      }
    });

    it('copies only from a source that is frozen', async () => {
      plan = { ...plan, strategy: 'copy' };
      assert.deepEqual(
        (await preview()).said.filter((line) => line.startsWith('BLOCKER')),
        [`BLOCKER SOURCE_NOT_FROZEN ${pair.source.at}`],
      );
      await run(pair.source.url, 'alter database app set default_transaction_read_only = on');
      try {
        await gate.create({ ...inputs() });
      } finally {
        await run(
          pair.source.url.replace(/$/, '?options=-c%20default_transaction_read_only%3Doff'),
          'alter database app reset default_transaction_read_only',
        );
      }
    });

    it('says what is wrong with a variable, and shows no part of what is in it', async () => {
      const password = new URL(target.url).password;
      delete process.env.PAIR_TARGET_URL;
      assert.match((await preview()).failures.join(), /SIDE_NOT_NAMED PAIR_TARGET_URL/);
      process.env.PAIR_TARGET_URL = `${target.url}_other`;
      const moved = (await preview()).failures.join();
      assert.match(moved, /SIDE_MOVED PAIR_TARGET_URL/);
      process.env.PAIR_TARGET_URL = target.url.replace(/:\d+\//, ':1/');
      plan = { ...plan, target: { ...plan.target, at: target.at.replace(/:\d+\//, ':1/') } };
      const unreachable = (await preview()).failures.join();
      assert.match(unreachable, /DATABASE_UNREACHABLE/);
      assert.ok(!`${moved}${unreachable}`.includes(password));
    });

    it('takes away what the stages after it have left on both sides, when it leaves the stack', async () => {
      const { outs } = await gate.create({ ...inputs() });
      const { publication, slot, feed, subscription } = namesOf(plan);
      await run(pair.source.url, `create publication ${publication} for table cases`);
      await run(
        target.url,
        `create subscription ${subscription} connection 'dbname=none' publication ${publication} with (connect = false)`,
      );
      for (const name of [slot, feed]) {
        await run(pair.source.url, `select pg_create_logical_replication_slot('${name}', 'pgoutput')`);
      }
      await gate.delete?.('the gate', JSON.parse(JSON.stringify(outs)));
      const left = await run(
        pair.source.url,
        `select slot_name::text as name from pg_replication_slots union all select pubname from pg_publication`,
      );
      assert.deepEqual([left, await run(target.url, 'select subname from pg_subscription')], [[], []]);
    });

    it('is closed where the pointer cannot be read, and where it leads nowhere', async () => {
      const { pointer } = environmentPaths(pair.platform.directory ?? '');
      const at = { ...pair.source.address, tls: false, database: 'nowhere' };
      for (const [text, code] of [
        ['half a rec', 'POINTER_RECORD'],
        [JSON.stringify({ version: 1, database: at }), 'DATABASE_UNREACHABLE'],
      ] as const) {
        await writeFile(pointer, text);
        try {
          assert.match((await preview()).failures.join(), new RegExp(code));
          await assert.rejects(gate.create({ ...inputs() }), new RegExp(code));
        } finally {
          await rm(pointer);
        }
      }
      assert.deepEqual((await preview()).failures, []);
    });

    it('is only planned while a preview does not know the plan', async () => {
      const { failures, lines } = await preview({ plan: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' as never });
      assert.deepEqual(failures, []);
      assert.match(lines.join(), /planned; plan not known before the update/);
    });
  });
}
