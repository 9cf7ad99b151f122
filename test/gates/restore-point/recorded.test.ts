import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { findingsOf } from '../../../gates/kernel/gate-error.ts';
import { ensureLedger } from '../../../gates/kernel/ledger/schema.ts';
import { nameError } from '../../../gates/kernel/name-error.ts';
import { decisive, verdictOf } from '../../../gates/kernel/verdict.ts';
import { openWorld } from '../../../gates/kernel/world.ts';
import {
  type RecordedConfig,
  type RestorePointDone,
  type RestorePointInputs,
  restorePointSchema,
} from '../../../gates/restore-point/facts.ts';
import { judgeBackup, judgeServer } from '../../../gates/restore-point/judge-server.ts';
import { pointStore } from '../../../gates/restore-point/point-store.ts';
import { restorePoint } from '../../../gates/restore-point/restore-point.ts';
import { flexibleServerStandIn, standInServer } from '../../support/flexible-server-stand-in.ts';
import { until } from '../../support/until.ts';
import { freshDatabase, type TestDatabase } from '../local-environment.ts';
import { sampleInputs } from '../sample-release.ts';

const clock = '2026-01-02T00:00:00.000Z';
const earlier = '2026-01-01T00:00:00.000Z';
const later = '2026-01-03T00:00:00.000Z';
const host = 'production.example.com';
const address = sampleInputs({ database: { host, port: 5432, database: 'app', tls: true } });
const good = { host, state: 'Ready', tier: 'GeneralPurpose', retentionDays: 7, earliestRestore: earlier };

const configOf = (strategy: object) => restorePointSchema.parse(strategy) as RecordedConfig;
const pitr = configOf({ strategy: 'pitr', server: standInServer });
const onDemand = configOf({ strategy: 'on-demand', server: standInServer });

describe('a server that the cloud keeps restore points of', () => {
  const table: readonly (readonly [string, RecordedConfig, object | undefined, readonly string[]])[] = [
    ['passes for pitr', pitr, good, []],
    ['passes for on-demand', onDemand, good, []],
    ['passes by another writing of its name', pitr, { ...good, host: host.toUpperCase() }, []],
    ['blocks where there is none', pitr, undefined, ['RESTORE_POINT_UNSUPPORTED']],
    ['blocks where it is not the one of the database', pitr, { ...good, host: 'x' }, ['RESTORE_POINT_UNSUPPORTED']],
    ['blocks without a name', onDemand, { ...good, host: undefined }, ['RESTORE_POINT_UNSUPPORTED']],
    ['blocks while it is not ready', pitr, { ...good, state: 'Updating' }, ['RESTORE_POINT_NOT_TAKEN']],
    ['blocks without a state', onDemand, { ...good, state: undefined }, ['RESTORE_POINT_NOT_TAKEN']],
    ['blocks without an earliest time', pitr, { ...good, earliestRestore: undefined }, ['RESTORE_POINT_UNSUPPORTED']],
    ['blocks without a retention', pitr, { ...good, retentionDays: undefined }, ['RESTORE_POINT_UNSUPPORTED']],
    ['blocks with a retention of 0', pitr, { ...good, retentionDays: 0 }, ['RESTORE_POINT_UNSUPPORTED']],
    ['blocks with a future earliest time', pitr, { ...good, earliestRestore: later }, ['RESTORE_POINT_UNUSABLE']],
    ['blocks in tier Burstable', onDemand, { ...good, tier: 'Burstable' }, ['RESTORE_POINT_UNSUPPORTED']],
    ['blocks without a tier', onDemand, { ...good, tier: undefined }, ['RESTORE_POINT_UNSUPPORTED']],
    ['blocks on SSDv2', onDemand, { ...good, storage: 'PremiumV2_LRS' }, ['RESTORE_POINT_UNSUPPORTED']],
  ];
  for (const [name, config, server, expected] of table) {
    it(name, () => {
      const findings = judgeServer({ server, clock }, config, address);
      assert.deepEqual(
        findings.map(({ code }) => code),
        expected,
      );
      assert.equal(verdictOf(findings) === 'passed', expected.length === 0);
    });
  }

  it('blocks on the word of a stand-in anywhere but on the local platform', () => {
    const config = { ...pitr, endpoint: 'http://127.0.0.1:1' };
    assert.deepEqual(judgeServer({ server: good, clock }, config, address), []);
    const azure = { ...address, platform: { ...address.platform, kind: 'azure' as const } };
    const [finding] = judgeServer({ server: good, clock }, config, azure);
    assert.equal(finding?.code, 'RESTORE_POINT_UNSUPPORTED');
    assert.deepEqual(judgeServer({ server: good, clock }, pitr, azure), []);
  });

  it('blocks when nobody has looked', () => {
    assert.equal(verdictOf(judgeServer(undefined, pitr, address)), 'failed');
  });

  it('gives a backup that is complete, ordered and of now, and no other', () => {
    const type = 'Customer On-Demand';
    assert.deepEqual(judgeBackup('b', { name: 'b', type, completedAt: clock }, clock, 60), []);
    for (const bad of [
      undefined,
      { name: 'b', type },
      { name: 'b', completedAt: clock },
      { name: 'b', type: 'Full', completedAt: clock },
      { name: 'b', type, completedAt: earlier },
      { name: 'b', type, completedAt: later },
    ]) {
      assert.equal(verdictOf(judgeBackup('b', bad, clock, 60)), 'failed', JSON.stringify(bad));
    }
  });

  it('is configured by its ARM id; the endpoint is on loopback, and what the platform holds bounds the rest', () => {
    const server = standInServer;
    for (const bad of [
      { strategy: 'pitr' },
      { strategy: 'pitr', server: 'production' },
      { strategy: 'pitr', server: `${server}/backups/a` },
      { strategy: 'pitr', server, endpoint: 'http://example.com:80' },
      { strategy: 'pitr', server, maxAgeMinutes: 1441 },
      { strategy: 'pitr', server, keep: 3 },
      { strategy: 'on-demand', server, keep: 7 },
      { strategy: 'on-demand', server, keep: 0 },
    ]) {
      assert.equal(restorePointSchema.safeParse(bad).success, false, JSON.stringify(bad));
    }
  });
});

describe('a restore point that the cloud keeps', () => {
  let cloud: Awaited<ReturnType<typeof flexibleServerStandIn>>;
  let on: TestDatabase;
  let attempt = 0;
  const environment: Record<string, string | undefined> = {};

  const inputs = (strategy: object): RestorePointInputs => ({
    ...sampleInputs({ platform: on.platform, database: on.database }),
    restorePoint: configOf({ server: standInServer, endpoint: cloud.endpoint, ...strategy }),
  });
  const inWorld = async <T>(
    given: RestorePointInputs,
    work: (world: ReturnType<typeof openWorld>['world']) => Promise<T>,
    signal = AbortSignal.timeout(60_000),
  ) => {
    const context = { signal, attempt: { id: attempt, startedAt: '', resumed: false }, pending: true };
    const { world, close } = openWorld('restore-point', given, context);
    try {
      return await work(world);
    } finally {
      await close();
    }
  };
  /** The gate from its first look to its last word, as the kernel runs it. */
  const run = (given: RestorePointInputs, signal?: AbortSignal) =>
    inWorld(
      given,
      async (world) => {
        let done: RestorePointDone | undefined;
        let facts: unknown;
        try {
          facts = await restorePoint.inspect(world, given);
          const findings = restorePoint.judge(facts, given);
          if (verdictOf(findings) !== 'passed') return { findings, done };
          done = (await restorePoint.act?.(world, given, facts)) as RestorePointDone;
          return { findings: restorePoint.conclude?.(done, facts, given) ?? [], done, facts };
        } catch (error) {
          world.signal.throwIfAborted();
          return { findings: findingsOf(nameError(error, 'restore-point'), 'restore-point'), done };
        }
      },
      signal,
    );
  const codeOf = ({ findings }: Awaited<ReturnType<typeof run>>) => decisive(findings)?.code;

  before(async () => {
    cloud = await flexibleServerStandIn();
    for (const [name, value] of Object.entries(cloud.identity)) {
      environment[name] = process.env[name];
      process.env[name] = value;
    }
    on = await freshDatabase();
    const migrator = await on.session('migrator');
    await migrator.query('create table cases (id int)');
    await migrator.end();
    const gates = await on.session();
    await ensureLedger(gates);
    await gates.end();
  });
  after(async () => {
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await cloud.close();
  });
  beforeEach(() => {
    attempt += 1;
    cloud.state.properties = {
      state: 'Ready',
      fullyQualifiedDomainName: on.database.host,
      backup: { backupRetentionDays: 7, earliestRestoreDate: earlier },
    };
    cloud.state.tier = 'GeneralPurpose';
    cloud.state.faults = {};
    cloud.state.backups.clear();
    cloud.state.orders.length = 0;
  });
  const nothingRefused = () => assert.deepEqual(cloud.state.refused, []);

  describe('as a point in time', () => {
    const strategy = { strategy: 'pitr' };

    it('is the time of the database, on record with what is not proven and how it is restored', async () => {
      const given = inputs(strategy);
      const ended = await run(given);
      assert.equal(verdictOf(ended.findings), 'passed', JSON.stringify(ended.findings));
      assert.deepEqual(
        ended.findings.map(({ severity, code }) => `${severity} ${code}`),
        ['WARNING RESTORE_POINT_RECORDED'],
      );
      const { point } = ended.done ?? {};
      assert.ok(point && Date.parse(point.takenAt) > Date.parse(earlier));
      const report = restorePoint.report(given, ended.facts, ended.done) as Record<string, unknown>;
      assert.equal(report.proof, 'recorded');
      assert.equal(report.restored, null, 'nothing was restored, and nothing says so');
      const recorded = report.recorded as { earliestRestorable: string; recovery: string; notProven: string[] };
      assert.equal(recorded.earliestRestorable, earlier);
      assert.match(recorded.recovery, /^az postgres flexible-server restore .* --restore-time \d{4}-/);
      assert.ok(recorded.recovery.endsWith(point.takenAt));
      assert.ok(recorded.notProven.some((line) => line.includes('nothing was restored')));
      assert.match(restorePoint.summary(given, ended.facts, ended.done), /recorded and not restored/);
      nothingRefused();
    });

    it('is found again in the ledger once its gate has passed, and only for its own server and stack', async () => {
      const given = inputs(strategy);
      const ended = await run(given);
      const evidence = JSON.stringify(restorePoint.report(given, ended.facts, ended.done));
      const insert = `insert into sallyport.attempt (gate, sha, release, subject, stack, verdict, evidence)
        values ('restore-point', '', '', '', $1, $2, $3)`;
      const listed = () =>
        inWorld(given, async (world) => ((await (await pointStore(world, given))?.list()) ?? []).map((p) => p.name));
      const gates = await on.session();
      try {
        await gates.query(insert, [given.stack, 'failed', evidence]);
        await gates.query(insert, ['another', 'passed', evidence]);
        await gates.query(insert, [given.stack, 'passed', evidence.replaceAll('/production', '/another')]);
        assert.deepEqual(await listed(), []);
        assert.equal(await inWorld(given, async (w) => restorePoint.drift?.(w, given)), 'its restore point is gone');
        await gates.query(insert, [given.stack, 'passed', evidence]);
        assert.deepEqual(await listed(), [ended.done?.point?.name]);
        assert.equal(await inWorld(given, async (w) => restorePoint.drift?.(w, given)), undefined);
      } finally {
        await gates.end();
      }
    });

    const bad: readonly (readonly [string, () => void, string])[] = [
      ['without the server', () => (cloud.state.faults = { server: 404 }), 'RESTORE_POINT_UNSUPPORTED'],
      ['when the platform fails', () => (cloud.state.faults = { server: 500 }), 'PLATFORM_UNREACHABLE'],
      ['while stopped', () => (cloud.state.properties.state = 'Stopped'), 'RESTORE_POINT_NOT_TAKEN'],
      ['without properties', () => (cloud.state.properties = {}), 'RESTORE_POINT_UNSUPPORTED'],
      ['without an earliest time', () => backup({ earliestRestoreDate: undefined }), 'RESTORE_POINT_UNSUPPORTED'],
      ['with no time as such', () => backup({ earliestRestoreDate: 'soon' }), 'RESTORE_POINT_UNSUPPORTED'],
      ['with a future one', () => backup({ earliestRestoreDate: '2999-01-01T00:00:00Z' }), 'RESTORE_POINT_UNUSABLE'],
    ];
    const backup = (changes: object) => {
      cloud.state.properties.backup = { backupRetentionDays: 7, earliestRestoreDate: earlier, ...changes };
    };
    for (const [name, spoil, code] of bad) {
      it(`is refused ${name}`, async () => {
        spoil();
        const ended = await run(inputs(strategy));
        assert.equal(codeOf(ended), code, JSON.stringify(ended.findings));
        assert.equal(ended.done, undefined);
        nothingRefused();
      });
    }

    it('is refused when the server stops between the look and the act', async () => {
      const given = inputs(strategy);
      await inWorld(given, async (world) => {
        const facts = await restorePoint.inspect(world, given);
        cloud.state.properties.state = 'Stopping';
        await assert.rejects(async () => restorePoint.act?.(world, given, facts), /RESTORE_POINT_NOT_TAKEN .*Stopping/);
      });
    });
  });

  describe('as a backup on demand', () => {
    const strategy = { strategy: 'on-demand' };

    it('is ordered once, waited for and read back; a resumed run finds it', async () => {
      const first = await run(inputs(strategy));
      assert.equal(verdictOf(first.findings), 'passed', JSON.stringify(first.findings));
      assert.equal(first.findings[0]?.code, 'RESTORE_POINT_RECORDED');
      const again = await run(inputs(strategy));
      assert.deepEqual(again.done?.point, first.done?.point);
      assert.equal(cloud.state.orders.length, 1);
      nothingRefused();
    });

    it('is waited for where a killed run has ordered it', async () => {
      const given = inputs(strategy);
      await run(given);
      const [name] = cloud.state.orders;
      assert.ok(name);
      cloud.state.backups.set(name, { backupType: 'Customer On-Demand' });
      const running = run(given);
      const reads = cloud.state.reads;
      await until('it is asked for again', () => cloud.state.reads > reads + 2);
      cloud.state.backups.set(name, { backupType: 'Customer On-Demand', completedTime: new Date().toISOString() });
      assert.equal(verdictOf((await running).findings), 'passed');
      assert.equal(cloud.state.orders.length, 1);
    });

    it('is found where the order was taken and its answer lost', async () => {
      cloud.state.faults = { create: 'lost' };
      assert.equal(verdictOf((await run(inputs(strategy))).findings), 'passed');
      assert.equal(cloud.state.orders.length, 1);
    });

    it('makes room among its own older ones only, and never removes the newest', async () => {
      const given = inputs({ ...strategy, keep: 1 });
      const old = { backupType: 'Customer On-Demand', completedTime: '2026-01-01T00:00:00Z' };
      cloud.state.backups.set('by-hand', old);
      cloud.state.backups.set('automatic', { ...old, backupType: 'Full' });
      const other = await run({ ...given, stack: 'another' });
      const first = await run(given);
      attempt += 1;
      const second = await run(given);
      assert.deepEqual(second.done?.removed, [first.done?.point?.name]);
      const left = [...cloud.state.backups.keys()].sort();
      const names = [other, second].map(({ done }) => done?.point?.where.split('/').at(-1) ?? '');
      assert.deepEqual(left, ['automatic', 'by-hand', ...names].sort());
      nothingRefused();
    });

    const ended = { backupType: 'Customer On-Demand', completedTime: '2026-01-01T00:00:00Z' };
    const bad: readonly (readonly [string, typeof cloud.state.faults, string, RegExp])[] = [
      ['while another one runs', { create: 409 }, 'RESTORE_POINT_BUSY', /ServerIsBusy/],
      ['when the platform fails', { create: 500 }, 'RESTORE_POINT_NOT_TAKEN', /InternalServerError/],
      ['when the operation fails', { create: 'fails' }, 'RESTORE_POINT_NOT_TAKEN', /BackupFailed|failed/],
      ['when it is not there in the end', { made: 'gone' }, 'RESTORE_POINT_NOT_TAKEN', /ResourceNotFound/],
      ['when it is of another type', { made: { ...ended, backupType: 'Full' } }, 'RESTORE_POINT_UNUSABLE', /type Full/],
      ['when it is old', { made: ended }, 'RESTORE_POINT_UNUSABLE', /completed 2026-01-01/],
      ['when its time is none', { made: { completedTime: 'soon' } }, 'RESTORE_POINT_UNUSABLE', /completed never/],
    ];
    for (const [name, faults, code, found] of bad) {
      it(`is refused ${name}, and is ordered once`, async () => {
        cloud.state.faults = faults;
        const given = await run(inputs(strategy));
        assert.equal(codeOf(given), code, JSON.stringify(given.findings));
        assert.match(given.findings[0]?.found ?? '', found);
        assert.equal(given.done, undefined);
        assert.equal(cloud.state.orders.length, 1);
        nothingRefused();
      });
    }

    it('ends at the bound when the operation does not', async () => {
      cloud.state.faults = { create: 'hang' };
      const bound = new AbortController();
      const running = run(inputs(strategy), bound.signal);
      const rejected = assert.rejects(running, /the bound/);
      await until(
        'the operation is asked about again',
        () => ([...cloud.state.operations.values()].at(-1)?.asked ?? 0) >= 3,
      );
      bound.abort(new Error('the bound'));
      await rejected;
      assert.equal(cloud.state.orders.length, 1);
    });

    it('is not ordered in a tier that has none', async () => {
      cloud.state.tier = 'Burstable';
      assert.equal(codeOf(await run(inputs(strategy))), 'RESTORE_POINT_UNSUPPORTED');
      assert.deepEqual(cloud.state.orders, []);
    });
  });

  it('asks the platform nothing where nothing is pending', async () => {
    const given = inputs({ strategy: 'on-demand' });
    const { release } = given;
    const ended = await run({ ...given, release: { ...release, migrations: { ...release.migrations, files: [] } } });
    assert.equal(verdictOf(ended.findings), 'passed');
    assert.equal(ended.done?.point, undefined);
    assert.deepEqual(cloud.state.orders, []);
  });
});
