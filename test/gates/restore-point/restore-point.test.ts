import assert from 'node:assert/strict';
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { connect } from '../../../gates/kernel/database.ts';
import { ensureLedger, hasLedger } from '../../../gates/kernel/ledger/schema.ts';
import { lockPromotion } from '../../../gates/kernel/lock-promotion.ts';
import { promotionHolder, releasePromotionLocks } from '../../../gates/kernel/promotion-lock.ts';
import { type OpenWorld, openWorld, type World } from '../../../gates/kernel/world.ts';
import { contentsOf, differencesOf } from '../../../gates/restore-point/compare.ts';
import { type RestorePointInputs, restorePointSchema } from '../../../gates/restore-point/facts.ts';
import { pointStore } from '../../../gates/restore-point/point-store.ts';
import { restorePoint } from '../../../gates/restore-point/restore-point.ts';
import { destroyEnvironment, ensureEnvironment, type LocalEnvironment } from '../../../infra/local/environment.ts';
import { openLocalPlatform } from '../../../infra/local/open-local-platform.ts';
import type { Platform } from '../../../infra/platform.ts';
import { dumpPrograms } from '../migrate/tools/real/test-tools.ts';
import { sampleInputs, sampleMigrations } from '../sample-release.ts';

const schema = `
create table events (id bigint generated always as identity primary key, note text not null default '');
create index events_note on events (note);
insert into events (note) select n::text from generate_series(1, 500) n`;

describe('a restore point', function () {
  this.timeout(300_000);
  let root: string;
  let environment: LocalEnvironment;
  let platform: Platform;
  let migrator: Client;
  let opened: OpenWorld;

  const inputs = (strategy: object): RestorePointInputs => ({
    ...sampleInputs({ platform: environment.address, database: environment.database }),
    restorePoint: restorePointSchema.parse(strategy),
  });

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
    await chmod(root, 0o711); // PostgreSQL may have to run as another user, who must get through.
    environment = await ensureEnvironment(join(root, 'environment'));
    platform = await openLocalPlatform(environment.address);
    migrator = await connect(platform, environment.database, 'migrator', 'test');
    await migrator.query(schema);
    const context = { signal: new AbortController().signal, attempt: undefined, pending: true };
    opened = openWorld('restore-point', inputs({ strategy: 'base-backup' }), context);
  });
  after(async () => {
    await migrator.end();
    await opened.close();
    await releasePromotionLocks();
    await destroyEnvironment(join(root, 'environment'));
    await rm(root, { recursive: true, force: true });
  });

  describe('by base backup', () => {
    it('is taken while the application writes, and gives the same schema and rows back', async () => {
      const given = inputs({ strategy: 'base-backup' });
      const store = await pointStore(opened.world, given);
      assert.ok(store?.proof === 'restored');
      const first = await contentsOf(await opened.world.database());
      let writing = true;
      const writer = (async () => {
        const client = await connect(platform, environment.database, 'app', 'writer');
        for (; writing; ) await client.query(`insert into events (note) values ('while')`);
        await client.end();
      })();
      const point = await store.take('abcdef012345-1');
      writing = false;
      await writer;
      const second = await contentsOf(await opened.world.database());
      const restored = await store.open(point.name);
      const copy = await contentsOf(restored.client);
      await restored.close();
      assert.deepEqual(differencesOf(copy, first, second), []);
      assert.ok((copy.rows.get('public.events') ?? 0) >= 500);
      assert.deepEqual(await store.take(point.name), point, 'a second take finds the first');
    });

    it('is refused when its files were altered', async () => {
      const store = await pointStore(opened.world, inputs({ strategy: 'base-backup' }));
      const point = await store?.take('abcdef012345-2');
      assert.ok(store?.proof === 'restored' && point);
      const file = join(environment.address.directory ?? '', 'restore-points', point.name, 'data', 'PG_VERSION');
      const path = join(import.meta.dirname, '../../..', file);
      await writeFile(path, `${await readFile(path, 'utf8')} `);
      await assert.rejects(store.open(point.name), /BACKUP_ALTERED/);
      await store.remove(point.name);
      assert.deepEqual(
        (await store.list()).map(({ name }) => name),
        ['abcdef012345-1'],
      );
    });
  });

  describe('by base backup, where none can be taken', () => {
    it('is refused, and production is left as it was', async () => {
      const given = inputs({ strategy: 'base-backup' });
      const world = { ...opened.world, attempt: { id: 3, resumed: false } } as World;
      const facts = { pending: ['20250101000000_one'], empty: false, unsupported: undefined };
      const folder = join(import.meta.dirname, '../../..', environment.address.directory ?? '', 'restore-points');
      const name = `${given.release.sha.slice(0, 12)}-3`;
      await writeFile(join(folder, name), 'a file where the copy would go');
      await assert.rejects(
        restorePoint.act?.(world, given, facts) ?? Promise.resolve(),
        /BLOCKER RESTORE_POINT_NOT_TAKEN/,
      );
      await rm(join(folder, name));
      const store = await pointStore(opened.world, given);
      assert.ok(store && !(await store.list()).some((point) => point.name === name));
    });
  });

  describe('by template', () => {
    const config = { strategy: 'template', waitSeconds: 1 };

    it('is refused while somebody is on the database, and names who; the promotion lock is held again', async () => {
      const given = inputs(config);
      await lockPromotion(given, opened.world.platform);
      const store = await pointStore(opened.world, given);
      await assert.rejects(
        async () => store?.take('abcdef012345-3'),
        /RESTORE_POINT_BUSY app: found after 1 s still test \(migrator\)/,
      );
      assert.match((await promotionHolder(migrator)) ?? 'nobody', /sallyport up test abcdef012345/);
    });

    it('is a copy on the same server that nobody else may open', async () => {
      await migrator.end();
      const store = await pointStore(opened.world, inputs(config));
      assert.ok(store?.proof === 'restored');
      try {
        const point = await store.take('abcdef012345-4');
        const restored = await store.open(point.name);
        const copy = await contentsOf(restored.client);
        await restored.close();
        const now = await contentsOf(await opened.world.database());
        assert.deepEqual(differencesOf(copy, now, now), []);
        const other = { ...environment.database, database: 'sallyport_point_abcdef012345_4' };
        await assert.rejects(connect(platform, other, 'app', 'test'), /permission denied/);
        await store.remove(point.name);
        assert.deepEqual(await store.list(), []);
      } finally {
        migrator = await connect(platform, environment.database, 'migrator', 'test');
      }
    });
  });

  describe('by pg_dump', () => {
    it('is a file with the ledger in it that is restored on a throw-away server, and is refused once it is altered', async () => {
      const directory = join(root, 'dumps');
      const given = inputs({ strategy: 'pg_dump', programs: await dumpPrograms(), directory });
      const store = await pointStore(opened.world, given);
      assert.ok(store?.proof === 'restored');
      await ensureLedger(await opened.world.database());
      const now = await contentsOf(await opened.world.database());
      const point = await store.take('abcdef012345-5');
      const restored = await store.open(point.name);
      const copy = await contentsOf(restored.client);
      assert.equal(await hasLedger(restored.client), true);
      await restored.close();
      assert.deepEqual(differencesOf(copy, now, now), []);
      assert.ok((copy.rows.get('public.events') ?? 0) >= 500);
      assert.deepEqual(await store.take(point.name), point, 'a second take finds the first');
      assert.deepEqual(await store.list(), [point]);
      await appendFile(point.where, ' ');
      await assert.rejects(store.open(point.name), /RESTORE_POINT_UNUSABLE abcdef012345-5: found .*altered/);
      await store.remove(point.name);
      assert.deepEqual(await store.list(), []);
    });

    it('is refused with a reason where pg_dump is missing', async () => {
      const given = inputs({ strategy: 'pg_dump', programs: join(root, 'nowhere') });
      await assert.rejects(pointStore(opened.world, given), /RESTORE_POINT_UNSUPPORTED pg_dump: found .*ENOENT/);
    });

    it('is refused with a reason where pg_dump is older than the server', async () => {
      for (const name of ['pg_dump', 'pg_restore']) {
        await writeFile(join(root, name), `#!/bin/sh\necho '${name} (PostgreSQL) 12.4'\n`, { mode: 0o755 });
      }
      const given = inputs({ strategy: 'pg_dump', programs: root });
      await assert.rejects(
        pointStore(opened.world, given),
        /found pg_dump \(PostgreSQL\) 12\.4; needed .* \d\d or later/,
      );
    });
  });

  describe('judged', () => {
    const pending = [...sampleMigrations];
    const facts = { pending, empty: false, unsupported: undefined };
    const none = { strategy: 'none', reason: 'a new index only', owner: 'data-desk' };
    const table: readonly (readonly [string, object, object, readonly string[]])[] = [
      ['passes where it can be taken', facts, { strategy: 'base-backup' }, []],
      ['passes where nothing is pending', { ...facts, pending: [] }, none, []],
      ['passes where there is nothing to bring back', { ...facts, empty: true }, none, []],
      ['says that somebody decided against it', facts, none, ['WARNING RESTORE_POINT_NONE']],
      [
        'blocks where the platform cannot',
        { ...facts, unsupported: 'no' },
        { strategy: 'pg_dump' },
        ['BLOCKER RESTORE_POINT_UNSUPPORTED'],
      ],
    ];
    for (const [name, found, strategy, expected] of table) {
      it(name, () => {
        const findings = restorePoint.judge(found, inputs(strategy));
        assert.deepEqual(
          findings.map(({ severity, code }) => `${severity} ${code}`),
          expected,
        );
      });
    }

    it('differs where an object or a row is missing in the copy', () => {
      const whole = { catalog: new Map([['table public.a', 'plain']]), rows: new Map([['public.a', 5]]) };
      const lacking = { catalog: new Map<string, string>(), rows: new Map([['public.a', 4]]) };
      assert.deepEqual(differencesOf(lacking, whole, whole), [
        'table public.a: missing',
        'rows of public.a: 4 instead of 5',
      ]);
      const grown = { ...whole, rows: new Map([['public.a', 7]]) };
      assert.deepEqual(differencesOf({ ...whole, rows: new Map([['public.a', 6]]) }, whole, grown), []);
    });

    it('by decision needs a reason and an owner', () => {
      for (const bad of [{ ...none, reason: ' ' }, { ...none, owner: '' }, { strategy: 'none' }]) {
        assert.equal(restorePointSchema.safeParse(bad).success, false);
      }
    });
  });
});
