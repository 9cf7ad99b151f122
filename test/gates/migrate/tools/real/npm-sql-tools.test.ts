import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { after, before, describe, it } from 'mocha';
import { type DeskServer, startDeskServer } from '../../../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../../../support/temporary-folder.ts';
import { assertStamped } from './stamped.ts';
import { npmTools, type Ran, run } from './test-tools.ts';
import { assertApplied, type ToolProject, toolProject, traced } from './tool-project.ts';

const failing = 'select no_such_column;';

describe('migration tools of npm whose migrations are SQL, for real', function () {
  this.timeout(240_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: DeskServer;
  let tools: string;

  before(async () => {
    tools = await npmTools();
    folder = await temporaryFolder();
    server = await startDeskServer();
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  const make = (tool: string) => toolProject(server, folder.path, tool);
  const driver = (name: string, project: ToolProject, ...more: string[]) =>
    run(execPath, [`${name}.mjs`, project.directory, project.url, ...more], tools);

  describe('drizzle', () => {
    const journal = (entries: readonly (readonly [string, number])[]) =>
      JSON.stringify({
        version: '7',
        dialect: 'postgresql',
        entries: entries.map(([tag, when], idx) => ({ idx, version: '7', when, tag, breakpoints: true })),
      });

    it('runs in our order and knows a migration by its time; the checksums agree; a failure leaves nothing', async () => {
      const project = await make('drizzle');
      await project.write({
        '0000_a.sql': `${traced('0000_a.sql')}\n--> statement-breakpoint\ncreate table a (id int);`,
        '0001_b.sql': traced('0001_b.sql'),
        'meta/_journal.json': journal([
          ['0000_a', 1_740_000_000_000],
          ['0001_b', 1_740_000_100_000],
        ]),
      });
      ok(await driver('drizzle', project));
      await assertApplied(project);
      await assertStamped(project, () => driver('drizzle', project));
      await project.write({
        '0002_c.sql': failing,
        'meta/_journal.json': journal([
          ['0000_a', 1_740_000_000_000],
          ['0001_b', 1_740_000_100_000],
          ['0002_c', 1_740_000_200_000],
        ]),
      });
      refused(await driver('drizzle', project));
      assert.equal((await project.history()).rows.length, 2);
    });

    it('passes over a migration that is older than the newest applied one: pending, and out of order', async () => {
      const project = await make('drizzle');
      await project.write({
        '0000_a.sql': traced('0000_a.sql'),
        'meta/_journal.json': journal([['0000_a', 1_740_000_100_000]]),
      });
      ok(await driver('drizzle', project));
      await project.write({
        '0001_late.sql': traced('0001_late.sql'),
        'meta/_journal.json': journal([
          ['0000_a', 1_740_000_100_000],
          ['0001_late', 1_740_000_000_000],
        ]),
      });
      ok(await driver('drizzle', project));
      assert.deepEqual(await project.trace(), ['0000_a.sql']);
      assert.deepEqual((await project.history()).applied, ['1740000100000']);
    });

    it('refuses a journal that names a file that is not there, and so do we', async () => {
      const project = await make('drizzle');
      await project.write({ 'meta/_journal.json': journal([['0000_gone', 1]]) });
      refused(await driver('drizzle', project));
      assert.deepEqual(
        project.set().problems.map((problem) => problem.about),
        ['0000_gone.sql'],
      );
    });
  });

  describe('dbmate', () => {
    const dbmate = (project: ToolProject) =>
      run(
        join(tools, 'node_modules/.bin/dbmate'),
        [
          '--no-dump-schema',
          '--migrations-dir',
          project.directory,
          '--url',
          `${project.url}?sslmode=disable`,
          'migrate',
        ],
        tools,
      );

    it('runs in our order, text before numbers; the history is read; a failure leaves nothing', async () => {
      const project = await make('dbmate');
      const files = ['10_b.sql', '1_a.sql', '20250101000000_c.sql', '9_d.sql'];
      await project.write(
        Object.fromEntries(files.map((file) => [file, `-- migrate:up\n${traced(file)}\n-- migrate:down\nselect 1;\n`])),
      );
      ok(await dbmate(project));
      await assertApplied(project);
      await assertStamped(project, () => dbmate(project));
      await project.write({ '9_e.sql': `-- migrate:up\n${failing}\n` });
      await project.write({ '99_f.sql': `-- migrate:up\n${failing}\n` });
      refused(await dbmate(project));
      assert.equal((await project.history()).rows.length, 4);
    });

    for (const [name, text] of [
      ['a plain file', '-- migrate:up\ncreate index concurrently i on trace (name);\n'],
      [
        'transaction:false',
        '-- migrate:up transaction:false\ncreate index concurrently i on trace (name);\n-- migrate:down\ndrop index i;\n',
      ],
      [
        'transaction:false and two statements',
        '-- migrate:up transaction:false\nselect 1; create index concurrently i on trace (name);\n',
      ],
      [
        'transaction:false on the way down only',
        '-- migrate:up\ncreate index concurrently i on trace (name);\n-- migrate:down transaction:false\ndrop index i;\n',
      ],
    ] as const) {
      it(`runs ${name} in a transaction just where the sections say so`, async () => {
        const project = await make('dbmate');
        await project.write({ '1_a.sql': text });
        const { transactional } = project.sections('1_a.sql');
        assert.equal((await dbmate(project)).code !== 0, transactional);
      });
    }

    it('refuses a file without an up section, and we do not evaluate it', async () => {
      const project = await make('dbmate');
      await project.write({ '1_a.sql': 'select 1;\n' });
      refused(await dbmate(project));
      assert.equal(project.sections('1_a.sql').evaluated, false);
    });
  });

  // Its engine over a driver adapter, as the package brings it: the adapter sends a file statement by statement, unlike the
  // binary, so what runs in a transaction is not proven here.
  describe('prisma', () => {
    const deploy = async (project: ToolProject) => {
      const root = dirname(project.directory);
      await writeFile(
        join(root, 'schema.prisma'),
        'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n',
      );
      await project.write({ 'migration_lock.toml': 'provider = "postgresql"\n' });
      const noDownload = {
        PRISMA_QUERY_ENGINE_LIBRARY: join(tools, 'package.json'),
        PRISMA_SCHEMA_ENGINE_BINARY: join(tools, 'package.json'),
      };
      const env = { ...noDownload, PRISMA_FOLDER: root, DATABASE_URL: project.url, CHECKPOINT_DISABLE: '1' };
      return run(
        execPath,
        ['node_modules/prisma/build/index.js', 'migrate', 'deploy', '--config', 'prisma.config.mjs'],
        tools,
        env,
      );
    };

    it('runs in our order with our checksums; a failed one is recognised, and what settles it too', async () => {
      const project = await make('prisma');
      // It takes a database with tables and no history of its own for one that must be baselined first.
      await project.query('create schema notes');
      await project.query('alter table trace set schema notes');
      const files = ['20250101000000_a/migration.sql', '20250102000000_b/migration.sql'];
      await project.write(
        Object.fromEntries(files.map((file) => [file, traced(file).replace('trace', 'notes.trace')])),
      );
      ok(await deploy(project));
      await project.query('create view trace as select * from notes.trace');
      await assertApplied(project);
      await assertStamped(project, () => deploy(project));
      const third = '20250103000000_c';
      await project.write({ [`${third}/migration.sql`]: failing });
      refused(await deploy(project));
      const broken = (await project.history()).rows.filter((row) => row.state !== 'applied');
      assert.deepEqual(
        broken.map((row) => row.name),
        [third],
      );
      // What `migrate resolve --rolled-back` writes; that command needs the binary.
      await project.query(`update _prisma_migrations set rolled_back_at = now() where migration_name = '${third}'`);
      assert.deepEqual(
        (await project.history()).rows.map((row) => row.state),
        ['applied', 'applied'],
      );
      // A run that was killed has written no log and no end.
      await project.query(
        `update _prisma_migrations set rolled_back_at = null, logs = null where migration_name = '${third}'`,
      );
      assert.deepEqual(
        (await project.history()).rows.map((row) => row.state),
        ['applied', 'applied', 'dirty'],
      );
    });
  });
});

function ok({ code, output }: Ran): void {
  assert.equal(code, 0, output);
}

function refused({ code, output }: Ran): void {
  assert.notEqual(code, 0, output);
}
