import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { runMigrations } from '../../../gates/baseline/run-migrations.ts';
import { readCandidate } from '../../../gates/cutover/candidate.ts';
import { databaseId } from '../../../gates/cutover/database-id.ts';
import type { Plan } from '../../../gates/cutover/plan.ts';
import { buildSchema } from '../../../gates/cutover-schema/build-schema.ts';
import { cutoverSchema } from '../../../gates/cutover-schema/cutover-schema.ts';
import { pendingSlow, restoreSlow } from '../../../gates/cutover-schema/deferred.ts';
import type { SchemaFacts, SchemaInputs } from '../../../gates/cutover-schema/facts.ts';
import { connect } from '../../../gates/kernel/database.ts';
import { ensureLedger } from '../../../gates/kernel/ledger/schema.ts';
import { openPlatform } from '../../../gates/kernel/open-platform.ts';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import { releasePromotionLocks } from '../../../gates/kernel/promotion-lock.ts';
import { gateProvider } from '../../../gates/kernel/provider.ts';
import type { Receipt } from '../../../gates/kernel/receipt.ts';
import { openWorld, type World } from '../../../gates/kernel/world.ts';
import { runProgram } from '../../support/running-program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { inSession, type Pair, type PairDatabase, pairPlan, run, startPair } from '../cutover/pair.ts';
import { artifactsIn, passedBefore } from '../sample-gate.ts';
import { sampleInputs } from '../sample-release.ts';

for (const major of [undefined, 17]) {
  describe(`the schema of a candidate, from PostgreSQL ${major ?? 18} to 18`, function () {
    this.timeout(600_000);
    let pair: Pair;
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let target: PairDatabase;
    let receipt: Receipt;
    let plan: Plan;
    let worlds: { close(): Promise<void> }[] = [];

    before(async () => {
      folder = await temporaryFolder();
      pair = await startPair(`schema-${major ?? 18}`, major);
      target = await pair.newTarget();
      plan = pairPlan(pair.source, target);
      const { code, lines } = await runMigrations(worldOf(), inputs(), pair.source.address, 'head');
      assert.equal(code, 0, lines.join('\n'));
    });
    after(async () => {
      await pair?.close();
      await folder?.remove();
    });
    beforeEach(async () => {
      target = await pair.newTarget();
      plan = pairPlan(pair.source, target);
      receipt = await passed();
    });
    afterEach(async () => {
      for (const world of worlds) await world.close();
      worlds = [];
      await releasePromotionLocks();
    });

    const session = async () => connect(await openPlatform(pair.platform), pair.source.address, 'gates', 'a test');
    const on = () => ({ platform: pair.platform, database: pair.source.address, session });

    async function passed(): Promise<Receipt> {
      const [sourceId, targetId] = [
        await inSession(pair.source.url, databaseId),
        await inSession(target.url, databaseId),
      ];
      return passedBefore(on(), pair.release, 'cutover-preflight', { sourceId, targetId });
    }
    function inputs(changes: Partial<SchemaInputs> = {}): SchemaInputs {
      const { platform, source, release, image, commands } = pair;
      const common = { platform, database: source.address, release, artifacts: artifactsIn(folder.path) };
      const receipts = receipt === undefined ? [] : [receipt];
      return { ...sampleInputs({ ...common, receipts }), image, commands: { head: commands.head }, plan, ...changes };
    }
    function worldOf(): World {
      const context = { signal: new AbortController().signal, attempt: undefined, pending: true };
      const opened = openWorld('cutover-schema', { platform: pair.platform, database: pair.source.address }, context);
      worlds.push(opened);
      return opened.world;
    }
    const gate = () => gateProvider(cutoverSchema);
    const create = (changes: Partial<SchemaInputs> = {}) => gate().create({ ...inputs(changes) });
    const mark = () => inSession(target.url, readCandidate);
    const evidence = async () =>
      JSON.parse(await readFile(join(folder.path, pair.release.sha, 'cutover-schema.json'), 'utf8'));
    const counts = async () => {
      const tables = ['events', 'cases', 'holds', 'pgmigrations'];
      return run(
        target.url,
        tables.map((table) => `select count(*)::int as rows from public.${table}`).join(' union all '),
      );
    };

    it("comes from the migrations, is the source's, and holds no row and no secondary index", async () => {
      const { outs } = await create();
      const { data } = outs.receipt as Receipt;
      const candidate = await mark();
      assert.equal(candidate?.state, 'building');
      assert.equal(data.build, candidate?.build);
      assert.equal(candidate?.source, data.sourceId);
      assert.deepEqual(await counts(), Array(4).fill({ rows: 0 }));
      assert.ok(((await inSession(target.url, pendingSlow)) ?? 0) > 3);
      const written = await evidence();
      assert.equal(written.verdict, 'passed');
      assert.deepEqual([written.differences, written.migrated, written.cleaned], [[], true, 0]);
      assert.ok(written.objects > 20 && written.tables >= 4 && written.deferred > 2);
    });

    it('is refused where the source has what no migration made, object by object, and nothing is emptied', async () => {
      await run(pair.source.migrator, 'create sequence by_hand; alter table cases add column by_hand int');
      try {
        await assert.rejects(create(), (error) => {
          assert.match(String(error), /BLOCKER SCHEMA_PARITY column public\.cases\.by_hand: found .*missing/);
          assert.match(String(error), /BLOCKER SCHEMA_PARITY sequence public\.by_hand: found .*missing/);
          return true;
        });
        assert.equal((await mark())?.state, 'building');
        assert.equal(await inSession(target.url, pendingSlow), undefined);
      } finally {
        await run(pair.source.migrator, 'drop sequence by_hand; alter table cases drop column by_hand');
      }
      await create();
    });

    it('is refused where the target has what the source has not', async () => {
      await run(target.url, 'create schema extra');
      await assert.rejects(create(), /BLOCKER SCHEMA_PARITY schema extra: found .*not expected/);
      assert.equal((await run(target.url, `select 'extra'::regnamespace`)).length, 1, 'it was there before us');
    });

    it('is not made where only a function is, and nothing there is touched', async () => {
      await run(target.url, `create function extra() returns int language sql as 'select 1'`);
      await assert.rejects(create(), /BLOCKER TARGET_NOT_EMPTY .*function public\.extra\(\) among them/);
      assert.equal(await mark(), undefined);
    });

    it('is not made where something is already, and nothing there is touched', async () => {
      await run(target.url, 'create table somebodys (id int); insert into somebodys values (1)');
      await assert.rejects(create(), /BLOCKER TARGET_NOT_EMPTY .*1 \w+, public\.somebodys among them/);
      assert.equal(await mark(), undefined);
      assert.deepEqual(await run(target.url, 'select count(*)::int as rows from somebodys'), [{ rows: 1 }]);
    });

    it("is not made over another cutover's candidate, nor over one that serves", async () => {
      await create();
      await releasePromotionLocks();
      plan = { ...plan, id: 'another' };
      await assert.rejects(create(), /BLOCKER TARGET_NOT_EMPTY .*the candidate of cutover pair, building/);
      await run(target.url, `update sallyport.candidate set state = 'serving'`);
      plan = { ...plan, id: 'pair' };
      await assert.rejects(create(), /BLOCKER TARGET_SERVES/);
    });

    it('is not made in another database than preflight looked at', async () => {
      target = await pair.newTarget();
      plan = pairPlan(pair.source, target);
      await assert.rejects(create(), /BLOCKER SIDE_MOVED PAIR_TARGET_URL/);
    });

    it("is not made without preflight's receipt, nor with one that no attempt stands behind", async () => {
      await assert.rejects(create({ receipts: [] }), /BLOCKER RECEIPT_MISSING cutover-preflight/);
      const made = { ...receipt, digest: 'made up' };
      await assert.rejects(create({ receipts: [made] }), /BLOCKER RECEIPT_(MISMATCH|UNKNOWN)/);
      assert.equal(await mark(), undefined);
    });

    it('is only planned while a preview does not know its inputs, and looks at nothing', async () => {
      const { failures } = await gate().check({}, { ...inputs(), image: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' });
      assert.deepEqual(failures, []);
      assert.equal(await mark(), undefined);
    });

    it('is refused where the migrations do not get to head', async () => {
      const head = ['node', 'migrate.ts', 'up', '2'];
      const commands = { head };
      await assert.rejects(create({ commands }), /BLOCKER SCHEMA_MIGRATIONS_FAILED .*they ended well without/);
      const broken = { head: ['node', 'migrate.ts', 'sideways'] };
      await assert.rejects(create({ commands: broken }), /BLOCKER SCHEMA_MIGRATIONS_FAILED .*arguments not understood/);
      await create();
    });

    it('is built anew, from the ground, over a candidate that was refused or filled', async () => {
      const first = (await create()).outs as Record<string, unknown>;
      const olds = { ...inputs(), ...first };
      await releasePromotionLocks();
      assert.equal((await gate().diff('', olds, (await gate().check(inputs(), inputs())).inputs)).changes, false);
      await run(
        target.url,
        `create schema made; create type made.mood as enum ('a'); create collation public.c (locale = 'C');
        create function public.f(a made.mood) returns int language sql as 'select 1';
        create aggregate public.most(int) (sfunc = int4larger, stype = int);
        create operator public.=== (leftarg = int, rightarg = int, function = int4eq);
        create extension btree_gist schema made; create publication made; create materialized view public.m as select 1;
        create text search configuration public.plain (copy = simple);`,
      );
      await run(target.url, `insert into public.pgmigrations (name, run_on) values ('somebody''s', now())`);
      const refuse = `update sallyport.candidate set state = 'refused', note = 'rows differ'`;
      await run(target.url, refuse);
      const again = await gate().check(inputs(), inputs());
      assert.match(String(again.inputs.drift), /the candidate was refused: rows differ/);
      await gate().update('', olds, again.inputs);
      const written = await evidence();
      assert.ok(written.cleaned > 5);
      assert.equal((await mark())?.state, 'building');
      assert.equal((await mark())?.build, written.build);
      assert.notEqual(written.build, (first.receipt as Receipt).data.build);
    });

    it('says that it must be built again when somebody else has built the candidate since', async () => {
      await create();
      await releasePromotionLocks();
      await run(target.url, `update sallyport.candidate set build = gen_random_uuid()`);
      const again = await gate().check(inputs(), inputs());
      assert.match(String(again.inputs.drift), /the candidate is of build /);
    });

    it('ends the replication of an earlier build first, with all that is on the source for it', async () => {
      for (const lost of [false, true]) {
        await create();
        await releasePromotionLocks();
        await run(pair.source.url, 'create publication sallyport_pair for table cases');
        await run(pair.source.url, `select pg_create_logical_replication_slot('sallyport_pair', 'pgoutput')`);
        await run(
          target.url,
          `create subscription sallyport_pair connection '${pair.source.url}' publication sallyport_pair
           with (create_slot = false, copy_data = false, enabled = false)`,
        );
        await run(pair.source.url, `select pg_create_logical_replication_slot('sallyport_pair_touched', 'pgoutput')`);
        if (lost) await run(pair.source.url, `select pg_drop_replication_slot('sallyport_pair')`);
        await create();
        await releasePromotionLocks();
        assert.deepEqual(await run(target.url, 'select subname from pg_subscription'), []);
        assert.deepEqual(await run(pair.source.url, 'select slot_name from pg_replication_slots'), []);
        assert.deepEqual(await run(pair.source.url, 'select pubname from pg_publication'), []);
      }
    });

    it('is made by an administrator who is no superuser', async () => {
      await run(
        target.url,
        `create role admin login password 'let admin in' createrole; grant pg_monitor, pg_signal_backend, migrator to admin;
         grant usage, create on schema sallyport to admin; alter database ${target.address.database} owner to admin`,
      );
      try {
        const url = target.url.replace(/\/\/postgres:[^@]*@/, '//admin:let%20admin%20in@');
        plan = pairPlan(pair.source, { ...target, url });
        await create();
        await releasePromotionLocks();
        await run(target.url, `update sallyport.candidate set state = 'refused'`);
        await create();
        const written = await evidence();
        assert.ok(written.cleaned > 3);
        assert.deepEqual(await counts(), Array(4).fill({ rows: 0 }));
        await inSession(url, (client) => restoreSlow(client, () => undefined));
      } finally {
        await run(target.url, 'reassign owned by admin to postgres; drop owned by admin; drop role admin');
      }
    });

    describe('where the platform cannot run the migrations', () => {
      const withoutWorkbench = (): World => {
        const world = worldOf();
        return { ...world, platform: async () => ({ ...(await world.platform()), workbench: undefined as never }) };
      };
      const build = async () => {
        const facts = (await cutoverSchema.inspect(withoutWorkbench(), inputs())) as SchemaFacts;
        assert.deepEqual(cutoverSchema.judge(facts, inputs()), []);
        return buildSchema(withoutWorkbench(), inputs(), facts);
      };

      it('somebody runs them on the marked database, and then the same is proven', async () => {
        await assert.rejects(build(), /SCHEMA_BY_HAND .*an empty database, now marked as building/);
        await runMigrations(
          worldOf(),
          { ...inputs(), commands: { up: ['node', 'migrate.ts', 'up', '{count}'] } },
          target.address,
          'up',
          3,
        );
        await assert.rejects(build(), /SCHEMA_BY_HAND .*no 2025/);
        await runMigrations(worldOf(), inputs(), target.address, 'head');
        const done = await build();
        assert.deepEqual([done.differences, done.migrated], [[], false]);
        assert.ok(done.deferred > 2);
        await run(target.url, 'create table sallyport.note_of_a_build (id int)');
        const second = await build();
        assert.deepEqual([second.differences, second.deferred], [[], done.deferred]);
        assert.deepEqual(await run(target.url, `select to_regclass('sallyport.note_of_a_build') as note`), [
          { note: null },
        ]);
        await inSession(target.url, (client) => restoreSlow(client, () => undefined));
      });
    });

    if (major === undefined) {
      describe('killed', () => {
        for (const line of [
          'target marked as building',
          'migrations on the target',
          'objects compared with the source',
          'put off until the rows are there',
          'tables emptied',
        ]) {
          it(`after "${line}", is nobody's database, and is built by the next run`, async () => {
            const file = join(folder.path, 'inputs.json');
            await writeFile(file, JSON.stringify(inputs()));
            const script = join(import.meta.dirname, 'run-gate.ts');
            const program = runProgram(process.execPath, [script, file], { cwd: projectRoot, env: process.env });
            await program.sees(line);
            program.signal('SIGKILL');
            await program.ended;
            await inSession(target.url, (client) =>
              assert.rejects(ensureLedger(client), /CANDIDATE_UNFINISHED .*candidate of cutover pair, building/),
            );
            await until('the lock of the killed run is free', () =>
              create().then(
                () => true,
                (error) => {
                  if (String(error).includes('PROMOTION_IN_PROGRESS')) return false;
                  throw error;
                },
              ),
            );
            assert.deepEqual((await evidence()).differences, []);
            const deferred = await inSession(target.url, pendingSlow);
            assert.equal(await inSession(target.url, (client) => restoreSlow(client, () => undefined)), deferred);
          });
        }
      });
    }
  });
}
