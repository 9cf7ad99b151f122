import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { after, before, describe, it } from 'mocha';
import { type DeskServer, startDeskServer } from '../../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { type ToolProject, toolProject } from './real/tool-project.ts';

const brief = async (project: ToolProject) => (await project.history()).rows.map((row) => `${row.state} ${row.name}`);

// No registry of packages has their programs.
describe('Flyway and Atlas, histories written as they write them', function () {
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

  describe('flyway', () => {
    const table = `create table flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200) not null,
      type varchar(20) not null, script varchar(1000) not null, checksum int, installed_by varchar(100) not null,
      installed_on timestamp not null default now(), execution_time int not null, success boolean not null)`;
    const row = (
      rank: number,
      version: string | null,
      script: string,
      checksum: number | null,
      success = true,
      type = 'SQL',
    ) =>
      `insert into flyway_schema_history values (${rank}, ${version === null ? 'null' : `'${version}'`}, 'd', '${type}', '${script}', ${checksum}, 'u', now(), 1, ${success})`;
    // CRC-32 of the check string 123456789 is 0xcbf43926: the algorithm, signed as Java keeps it.
    const checksum = 0xcbf43926 | 0;

    it('has versions in their order, repeatable ones last, and the checksum without line ends', async () => {
      const project = await make('flyway');
      await project.write({
        'V10__c.sql': '1234\r\n56789\n',
        'V2__b.sql': '\uFEFF123456789',
        'V1_9__a.sql': '123456789\n',
        'sub/V2.1__d.sql': 'select 1',
        'R__views.sql': 'create view v as select 1 as a',
        'U2__b.sql': 'drop table b',
        'V1_init.sql': 'one underscore: the tool passes over it',
      });
      const { files, ignored } = project.set();
      assert.deepEqual(
        files.map((file) => file.file),
        ['V1_9__a.sql', 'V2__b.sql', 'sub/V2.1__d.sql', 'V10__c.sql', 'R__views.sql'],
      );
      assert.deepEqual(files.filter((file) => file.checksum === String(checksum)).length, 3);
      assert.equal(files[1]?.down?.file, 'U2__b.sql');
      assert.deepEqual(ignored, ['V1_init.sql']);
    });

    it('has failed rows, baselines, undone and repaired ones, and repeatable ones that changed', async () => {
      const project = await make('flyway');
      await project.write({
        'V1__a.sql': 'select 1',
        'V2__b.sql': '123456789',
        'V3__c.sql': '123456789',
        'V4__d.sql': 'select 4',
        'R__v.sql': 'select 5',
      });
      await project.query(table);
      for (const statement of [
        row(1, '1', '<< Flyway Baseline >>', null, true, 'BASELINE'),
        row(2, '2', 'V2__b.sql', checksum),
        row(3, null, 'R__v.sql', crc32('select 4') | 0),
        row(4, '3', 'V3__c.sql', checksum),
        row(5, '3', 'U3__c.sql', checksum, true, 'UNDO_SQL'),
        row(6, '4', 'V4__d.sql', 1, false),
      ]) {
        await project.query(statement);
      }
      assert.deepEqual(await brief(project), [
        'applied V1__a.sql',
        'applied V2__b.sql',
        'applied R__v.sql',
        'failed V4__d.sql',
      ]);
      const history = await project.history();
      assert.deepEqual(history.applied, ['V1__a.sql', 'V2__b.sql']);
      await project.query(row(7, null, 'R__v.sql', crc32('select 5') | 0));
      assert.ok((await project.history()).applied.includes('R__v.sql'));
    });

    it('runs outside a transaction what cannot run in one, and what its configuration says', async () => {
      const project = await make('flyway');
      await project.write({
        'V1__a.sql': '-- why\ncreate index concurrently i on t (a);',
        'V2__b.sql': 'create table b ();',
        'V3__c.sql': 'create table c ();',
        'V3__c.sql.conf': 'executeInTransaction=false\n',
        'V4__d.sql': 'create table $' + '{schema}.d ();',
      });
      const files = ['V1__a.sql', 'V2__b.sql', 'V3__c.sql'];
      assert.deepEqual(
        files.map((file) => project.sections(file).transactional),
        [false, true, false],
      );
      assert.match(project.sections('V4__d.sql').reason ?? '', /no value .* for schema/);
    });
  });

  describe('atlas', () => {
    const files = {
      '1_a.sql': 'create table a ();\n',
      '2_b.sql': '-- atlas:txmode none\n\ncreate index concurrently i on a (x);\n',
    };

    /** As atlas does it: each file's hash goes on from the one before, and the first line is over all lines. */
    function sumOf(content: Readonly<Record<string, string>>): string {
      const running = createHash('sha256');
      const lines = Object.entries(content).map(
        ([name, text]) => [name, running.update(name).update(text).copy().digest('base64')] as const,
      );
      const total = createHash('sha256')
        .update(lines.map(([name, hash]) => name + hash).join(''))
        .digest('base64');
      return [`h1:${total}`, ...lines.map(([name, hash]) => `${name} h1:${hash}`), ''].join('\n');
    }

    it('has an atlas.sum of its files, or says which one it does not fit', async () => {
      const project = await make('atlas');
      await project.write({ ...files, 'atlas.sum': sumOf(files) });
      assert.deepEqual(project.set().problems, []);
      assert.deepEqual(
        Object.keys(files).map((file) => project.sections(file).transactional),
        [true, false],
      );
      await project.write({ '1_a.sql': 'create table other ();\n' });
      assert.deepEqual(
        project.set().problems.map((problem) => problem.about),
        ['1_a.sql'],
      );
      await project.write({ ...files, '3_c.sql': 'select 1;' });
      assert.deepEqual(
        project.set().problems.map((problem) => problem.about),
        ['3_c.sql'],
      );
      await project.remove('3_c.sql');
      await project.remove('2_b.sql');
      assert.deepEqual(
        project.set().problems.map((problem) => problem.about),
        ['2_b.sql'],
      );
      await project.remove('atlas.sum');
      assert.deepEqual(
        project.set().problems.map((problem) => problem.about),
        ['atlas.sum'],
      );
    });

    it('has baselines, failed revisions and half-applied ones', async () => {
      const project = await make('atlas');
      await project.write({ '1_a.sql': '', '2_b.sql': '', '3_c.sql': '', '4_d.sql': '' });
      await project.query('create schema atlas_schema_revisions');
      await project.query(`create table atlas_schema_revisions.atlas_schema_revisions (version varchar primary key, description varchar not null,
        type bigint not null default 2, applied bigint not null default 0, total bigint not null default 0, executed_at timestamptz not null,
        execution_time bigint not null, error text, error_stmt text, hash varchar not null, partial_hashes jsonb, operator_version varchar not null)`);
      const revision = (version: string, type: number, applied: number, total: number, error = '') =>
        project.query(`insert into atlas_schema_revisions.atlas_schema_revisions values ('${version}', '', ${type}, ${applied}, ${total},
          now(), 1, nullif('${error}', ''), '', '', null, 'v')`);
      await revision('.atlas_cloud_identifier', 2, 0, 0);
      await revision('2', 1, 0, 0);
      await revision('3', 2, 1, 2, 'no such column');
      await revision('4', 2, 1, 2);
      assert.deepEqual(await brief(project), ['applied 1', 'applied 2', 'failed 3', 'dirty 4']);
    });
  });
});
