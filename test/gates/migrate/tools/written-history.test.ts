import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { historyState } from '../../../../gates/preflight/rules/history-state.ts';
import { type DeskServer, startDeskServer } from '../../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { factsWith } from '../../preflight/sample-facts.ts';
import { sampleRelease } from '../../sample-release.ts';
import { type ToolProject, toolProject } from './real/tool-project.ts';

const brief = async (project: ToolProject) => (await project.history()).rows.map((row) => `${row.state} ${row.name}`);

// Tools that no registry of packages has as a program that runs here: their tables and rows as they write them.
describe('histories written as the tool writes them', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: DeskServer;

  before(async () => {
    folder = await temporaryFolder();
    server = await startDeskServer();
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  const make = (tool: string) => toolProject(server, folder.path, tool);

  it('sqlx: by number, its SHA-384, and a row without success', async () => {
    const project = await make('sqlx');
    await project.write({
      '1_a.up.sql': 'select 1;',
      '1_a.down.sql': 'select 2;',
      '20_b.sql': '-- no-transaction\nselect 1;',
      '3_c.sql': '-- no-transaction\nselect 1; select 2;',
    });
    assert.deepEqual(
      project.set().files.map((file) => [file.name, file.down?.file]),
      [
        ['1', '1_a.down.sql'],
        ['3', undefined],
        ['20', undefined],
      ],
    );
    assert.deepEqual(
      ['1_a.up.sql', '3_c.sql', '20_b.sql'].map((file) => project.sections(file).transactional),
      [true, true, false],
    );
    await project.query(`create table _sqlx_migrations (version bigint primary key, description text not null,
      installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null, execution_time bigint not null)`);
    const hash = createHash('sha384').update('select 1;').digest('hex');
    await project.query(
      `insert into _sqlx_migrations values (1, 'a', now(), true, decode('${hash}', 'hex'), 1), (3, 'c', now(), false, '', -1)`,
    );
    assert.deepEqual(await brief(project), ['applied 1', 'dirty 3']);
    assert.equal((await project.history()).rows[0]?.checksum, project.set().files[0]?.checksum);
  });

  it('diesel: a folder a migration, versions without dashes, metadata.toml', async () => {
    const project = await make('diesel');
    await project.write({
      '2024-01-02-030405_a/up.sql': 'select 1;',
      '2024-01-02-030405_a/down.sql': 'select 2;',
      '20240203040506_b/up.sql': 'create index concurrently i on t (a);',
      '20240203040506_b/metadata.toml': 'run_in_transaction = false\n',
    });
    const { files, ignored } = project.set();
    assert.deepEqual(
      files.map((file) => file.name),
      ['20240102030405', '20240203040506'],
    );
    assert.deepEqual(ignored, []);
    assert.deepEqual(
      files.map((file) => project.sections(file.file).transactional),
      [true, false],
    );
    await project.query(
      'create table __diesel_schema_migrations (version varchar(50) primary key, run_on timestamp not null default now())',
    );
    await project.query(`insert into __diesel_schema_migrations values ('20240102030405')`);
    assert.deepEqual(await brief(project), ['applied 20240102030405']);
  });

  it('supabase: versions in a schema of its own', async () => {
    const project = await make('supabase');
    await project.write({ '20240101000000_a.sql': 'select 1;', '20240102000000_b.sql': 'select 1;' });
    await project.query('create schema supabase_migrations');
    await project.query(
      'create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)',
    );
    await project.query(`insert into supabase_migrations.schema_migrations values ('20240101000000', '{}', 'a')`);
    assert.deepEqual((await project.history()).applied, ['20240101000000']);
  });

  describe('plain SQL', () => {
    it('takes flat files, pairs and folders; a row is a name, a file or a version', async () => {
      const project = await make('plain-sql');
      await project.write({
        '001_a.sql': '',
        '002_b.up.sql': '-- no-transaction\nselect 1;',
        '002_b.down.sql': '',
        '20250101000000_c/up.sql': '',
        '20250101000000_c/down.sql': '',
        '20250102000000_d/migration.sql': '',
      });
      const { files, ignored } = project.set();
      assert.deepEqual(
        files.map((file) => [file.name, file.down?.file]),
        [
          ['001_a', undefined],
          ['002_b', '002_b.down.sql'],
          ['20250101000000_c', '20250101000000_c/down.sql'],
          ['20250102000000_d', undefined],
        ],
      );
      assert.deepEqual(ignored, []);
      assert.equal(project.sections('002_b.up.sql').transactional, false);
      await project.query('create table done (migration text)');
      await project.query(`insert into done values ('1'), ('002_b.up.sql'), ('20250101000000_c'), ('gone')`);
      const { applied } = await project.history({ table: 'done', column: 'migration' });
      assert.deepEqual([...applied].sort(), ['001_a', '002_b', '20250101000000_c', 'gone']);
    });

    it('cannot be read from a column that is not there', async () => {
      const project = await make('plain-sql');
      await project.query('create table done (migration text)');
      await assert.rejects(
        project.history({ table: 'done' }),
        /HISTORY_UNREADABLE public\.done: .*"version" does not exist/,
      );
    });
  });

  describe('a history of another tool', () => {
    const findings = async (project: ToolProject, tool: string) => {
      const { migrations } = sampleRelease();
      const release = sampleRelease({ migrations: { ...migrations, tool } });
      const history = await project.history();
      return historyState(factsWith({ history, applied: history.applied }), { release }).map(
        ({ code, about, found }) => `${code} ${about}: ${found}`,
      );
    };

    it('is refused where the configured one has none', async () => {
      const project = await make('node-pg-migrate');
      await project.query(
        'create table _prisma_migrations (id text, checksum text, finished_at timestamptz, migration_name text, logs text, rolled_back_at timestamptz, started_at timestamptz, applied_steps_count int)',
      );
      assert.deepEqual(await findings(project, 'node-pg-migrate'), [
        'HISTORY_OF_ANOTHER_TOOL public._prisma_migrations: a history of prisma',
      ]);
      await project.query('create table pgmigrations (id serial, name varchar, run_on timestamp)');
      assert.deepEqual(await findings(project, 'node-pg-migrate'), []);
    });

    it('is refused in the place of our own: two tools call their table schema_migrations', async () => {
      const project = await make('dbmate');
      await project.query('create table schema_migrations (version bigint primary key, dirty boolean not null)');
      assert.deepEqual(await findings(project, 'dbmate'), [
        'HISTORY_OF_ANOTHER_TOOL public.schema_migrations: a history of golang-migrate',
      ]);
    });

    it('is refused where no tool is known to keep one like it', async () => {
      const project = await make('typeorm');
      await project.query('create table migrations (id int, migration text, batch int)');
      const [found] = await findings(project, 'typeorm');
      assert.match(found ?? '', /another tool \(columns id, migration, batch\)/);
    });
  });
});
