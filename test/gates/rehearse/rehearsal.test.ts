import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { parse } from 'yaml';
import type { GateInputs } from '../../../gates/kernel/gate.ts';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import type { Release } from '../../../gates/kernel/release.ts';
import type { Finding } from '../../../gates/kernel/verdict.ts';
import type { World } from '../../../gates/kernel/world.ts';
import { type RehearseInputs, rehearseSettings } from '../../../gates/rehearse/facts.ts';
import { inspectPending } from '../../../gates/rehearse/inspect-pending.ts';
import { judge } from '../../../gates/rehearse/judge.ts';
import type { TableSize } from '../../../gates/rehearse/production.ts';
import { rehearse } from '../../../gates/rehearse/rehearsal.ts';
import { ownServer } from '../../../gates/rehearse/shadow/own-server.ts';
import { environmentPaths } from '../../../infra/local/environment-paths.ts';
import { imageDirectory } from '../../../infra/local/images.ts';
import { postgresBinaries } from '../../../infra/local/postgres/postgres-binaries.ts';
import { ensureSecret } from '../../../infra/local/secrets.ts';
import type { PlatformAddress } from '../../../infra/platform.ts';
import { parseConfig, type StackConfig } from '../../../stacks/config.ts';
import { releaseOf } from '../../../stacks/release.ts';
import { assembleRelease } from '../../../stacks/sample-releases/assemble.ts';
import { sampleInputs } from '../sample-release.ts';

const directory = join('.sallyport', `test-rehearsal-${process.pid}`);
const root = join(projectRoot, directory);
const world = {
  say: () => undefined,
  signal: new AbortController().signal,
  now: () => new Date(),
  secret: () => undefined,
};
/** A production with many events. */
const big = new Map<string, TableSize>([
  ['public.events', { rows: 5e7, bytes: 9e9, indexBytes: 4e9, writesPerSecond: 40 }],
]);

describe('a rehearsal of the sample application', () => {
  let config: StackConfig;
  let first: Release;

  before(async () => {
    const document = parse(await readFile(join(projectRoot, 'Pulumi.local.yaml'), 'utf8')).config;
    const parsed = parseConfig((key) => JSON.stringify(document[`sallyport:${key}`]));
    assert.ok(!('length' in parsed), JSON.stringify(parsed));
    config = { ...parsed, platform: { kind: 'local', directory } };
    config.smoke.retries = { attempts: 2, delayMs: 100 };
    await ensureSecret(root, 'api-token');
    first = await sample('first');
  });
  after(() => rm(root, { recursive: true, force: true }));

  async function sample(name: string): Promise<Release> {
    const { directory: image } = await assembleRelease(name, join(root, 'assembled', name));
    for (const service of Object.values(config.release.services)) service.image = image;
    const { legacyBaseline: _none, ...migrations } = config.migrations;
    return releaseOf({ ...config, migrations: { ...migrations, directory: join(image, 'migrations') } });
  }

  /** What the gate would find, with these settings and these sizes in production. */
  async function found(
    name: string,
    sizes: ReadonlyMap<string, TableSize> = new Map(),
    own: object = {},
    place: Partial<PlatformAddress> = { directory },
  ) {
    const release = await sample(name);
    const applied = first.migrations.files.map((file) => file.name);
    const pending = release.migrations.files.map((file) => file.name).filter((each) => !applied.includes(each));
    const image = await imageDirectory(environmentPaths(directory).images, release.services.api?.image ?? '');
    assert.ok(image);
    const settings = rehearseSettings.parse(own);
    const { major } = (await postgresBinaries(undefined, root)) ?? {};
    const { stepCommand, downCommand, timeouts } = config.migrations;
    const irreversible = new Map<string, string>();
    const shadow = await ownServer(directory, major);
    try {
      const rehearsal = await rehearse({
        ...{ world, shadow, major, settings, image, stepCommand, downCommand, applied, pending, irreversible, sizes },
        ...{ release, previous: first, command: release.migrations.command, bootstrap: [] },
        platform: { ...sampleInputs().platform, ...place },
        boundSeconds: 60,
        statementTimeout: timeouts.statement,
        scope: { withoutSchemas: ['sallyport'], withoutRelations: ['public.pgmigrations'] },
        productionCatalog: new Map(),
      });
      const inputs = { ...(sampleInputs() as GateInputs), settings, timeouts } as RehearseInputs;
      const plan = {};
      const findings = judge({ applied, pending, rehearsal, plan }, inputs).filter(
        ({ code }) => code !== 'SCHEMA_DIFFERS',
      );
      return { rehearsal, findings };
    } finally {
      await shadow.remove();
    }
  }
  const blockers = (findings: readonly Finding[]) =>
    findings.filter(({ severity }) => severity === 'BLOCKER').map(({ code, about }) => `${code} ${about}`);

  it('lets a compatible release through, knows what its migrations wait for, and leaves nothing behind', async () => {
    const { rehearsal, findings } = await found('good');
    assert.deepEqual(findings, []);
    assert.deepEqual(
      rehearsal.migrations.map(({ name, class: of, buildsIndexes, drill }) => [
        name.slice(15),
        of,
        buildsIndexes,
        drill.kind,
      ]),
      [
        ['add-event-channel', 'blocking', [], 'drilled'],
        ['index-event-channel', 'waiting', ['events_channel'], 'drilled'],
      ],
    );
    assert.equal(
      rehearsal.previous?.after?.every(({ outcome }) => outcome === 'passed'),
      true,
    );
    assert.ok(!(await readdir(root)).includes('shadow'));
  });

  it('refuses a migration that breaks the release that serves', async () => {
    const { findings } = await found('bad-break');
    assert.match(blockers(findings).join('\n'), /^REHEARSAL_BREAKS_PREVIOUS release 6792c98c3d6c overview/m);
  });

  it('refuses a migration that fails on rows', async () => {
    const { findings } = await found('bad-migration');
    assert.deepEqual(blockers(findings), ['REHEARSAL_FAILED 20250303091500_require-event-channel']);
    assert.match(findings[0]?.found ?? '', /contains null values \(SQLSTATE 23502\)/);
  });

  it('refuses a unique index over values that may be there twice', async () => {
    const { findings } = await found('bad-index');
    assert.deepEqual(blockers(findings), ['REHEARSAL_FAILED 20250303090000_unique-event-subject']);
  });

  it('refuses a lock that would be held for longer than the budget, and says for how long', async () => {
    const { findings, rehearsal } = await found('bad-lock', big, { lockBudget: { tables: { 'public.events': 30 } } });
    assert.deepEqual(blockers(findings), ['LOCK_BUDGET_EXCEEDED 20250303090000_widen-event-score']);
    const [worst] = rehearsal.blocking;
    assert.equal(worst?.mode, 'AccessExclusiveLock');
    assert.ok(worst.seconds > 450, `${worst.seconds} s for 9 GB`);
    assert.ok(worst.writesWaiting > 40 * 450);
  });

  describe('where images are no folders', () => {
    const place = { kind: 'azure' } as const;
    const checkout = join(root, 'assembled', 'good');

    it('starts the candidate in the folders that are configured, with secrets made up, and not the release that serves', async () => {
      const { rehearsal, findings } = await found(
        'good',
        new Map(),
        { images: { api: checkout, web: checkout } },
        place,
      );
      assert.deepEqual(
        findings.map(({ code, about }) => `${code} ${about}`),
        [`REHEARSAL_SMOKE_LEFT_OUT release ${first.sha.slice(0, 12)}`],
      );
      const outcomes = new Set(rehearsal.candidate?.after?.map(({ outcome }) => outcome));
      assert.deepEqual([...outcomes], ['passed']);
    });

    it('refuses a candidate whose service has no folder', async () => {
      const { findings } = await found('good', new Map(), { images: { api: checkout } }, place);
      assert.match(blockers(findings).join(), /^REHEARSAL_SMOKE_FAILED/);
      assert.match(findings.map((each) => each.found).join(), /web: its image is no folder on this machine/);
    });

    const inspected = async (images: Record<string, string>, own: object = {}) => {
      const release = await sample('good');
      const settings = rehearseSettings.parse({ images, ...own });
      const platform = { ...sampleInputs().platform, ...place };
      const inputs = { ...sampleInputs({ release, platform }), settings, timeouts: config.migrations.timeouts };
      // What is asked here is answered before anything is read from the database.
      const asWorld = { ...world, database: async () => ({}) } as unknown as World;
      return inspectPending(asWorld, inputs, [], release.migrations.files);
    };

    it('needs a folder with the migrations as they were released', async () => {
      await assert.rejects(inspected({}), /SHADOW_UNAVAILABLE[\s\S]*rehearse\.images/);
      await assert.rejects(inspected({ api: `${checkout}-gone` }), /SHADOW_UNAVAILABLE[\s\S]*rehearse\.images/);
      await assert.rejects(
        inspected({ api: 'stacks/app/web' }),
        /SHADOW_UNAVAILABLE[\s\S]*not in stacks\/app\/web as released/,
      );
    });

    it('needs none where the rehearsal is left out; what it cannot read then counts as blocking', async () => {
      const { plan } = await inspected({}, { without: 'the shadow server is being moved' });
      assert.deepEqual(new Set(Object.values(plan ?? {}).map((each) => each.class)), new Set(['blocking']));
    });
  });
});
