import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { verdictOf } from '../../../gates/kernel/verdict.ts';
import { lintEach } from '../../../gates/lint/lint-each.ts';
import { migrationSet } from '../../../gates/migrate/migration-set.ts';
import { migrationTool } from '../../../gates/migrate/tools/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const concurrently = 'create index concurrently i on t (a);';
// biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the SQL
const templated = 'drop table ${schema}.t;';

interface Case {
  readonly it: string;
  readonly tool: string;
  readonly files: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, string>>;
  readonly finds: readonly string[];
}

const cases: readonly Case[] = [
  {
    it: 'runs a file outside of a transaction where goose is told to, in any case, and reads only its way up',
    tool: 'goose',
    files: {
      '1_a.sql': `-- +goose NO TRANSACTION\n-- +goose Up\n${concurrently}\n-- +goose Down\ndrop table t;\n`,
      '2_b.sql': `-- +goose no transaction\n-- +goose up\n${concurrently}\n-- +goose down\ndrop table t;\n`,
      '3_c.sql': `-- +goose Up\n${concurrently}\n-- +goose Down\ndrop table t;\n`,
    },
    finds: ['BLOCKER not-in-transaction 3_c.sql:2'],
  },
  {
    it: 'looks into the DO block that goose is told to send whole',
    tool: 'goose',
    files: {
      '1_a.sql':
        '-- +goose Up\n-- +goose StatementBegin\ndo $$ begin\n  delete from t;\nend $$;\n-- +goose StatementEnd\n',
    },
    finds: ['BLOCKER delete-without-where 1_a.sql:4'],
  },
  {
    it: 'names a migration in Go, and one that goose would refuse, as not evaluated',
    tool: 'goose',
    files: { '1_a.go': 'package migrations\n', '2_b.sql': 'drop table t;\n' },
    finds: ['WARNING not-evaluated 1_a.go:1', 'WARNING not-evaluated 2_b.sql:1'],
  },
  {
    it: 'runs a file of dbmate outside of a transaction with transaction:false, if it is one statement',
    tool: 'dbmate',
    files: {
      '20250101_a.sql': `-- migrate:up transaction:false\n${concurrently}\n-- migrate:down\ndrop index i;\n`,
      '20250102_b.sql': `-- migrate:up\n${concurrently}\n-- migrate:down\n`,
      '20250103_c.sql': `-- migrate:up transaction:false\n${concurrently}\nselect 1;\n-- migrate:down\n`,
    },
    finds: [
      'BLOCKER not-in-transaction 20250102_b.sql:2',
      'BLOCKER not-in-transaction 20250103_c.sql:2',
      'BLOCKER stand-alone 20250103_c.sql:2',
    ],
  },
  {
    it: 'judges a templated file of Flyway with the configured values',
    tool: 'flyway',
    files: { 'V1__a.sql': `select 1;\n${templated}\n`, 'U1__a.sql': 'drop table undone;\n' },
    values: { schema: 'app' },
    finds: ['BLOCKER drop-table V1__a.sql:2'],
  },
  {
    it: 'takes a templated file without its value for not evaluated',
    tool: 'flyway',
    files: { 'V1__a.sql': `${templated}\n` },
    finds: ['WARNING not-evaluated V1__a.sql:1'],
  },
  {
    it: 'knows what Flyway runs outside of a transaction, by itself and by its settings',
    tool: 'flyway',
    files: {
      'V1__a.sql': concurrently,
      'V2__b.sql': concurrently,
      'V2__b.sql.conf': 'executeInTransaction=true\n',
    },
    finds: ['BLOCKER not-in-transaction V2__b.sql:1'],
  },
  {
    it: 'finds the migrations of Prisma in their folders, of which only several statements are a transaction',
    tool: 'prisma',
    files: {
      '20250101000000_a/migration.sql': concurrently,
      '20250102000000_b/migration.sql': `select 1;\n${concurrently}`,
      '20250103000000_c/migration.sql': 'alter table t drop column a;',
      '20250103000000_c/down.sql': 'drop table t;',
    },
    finds: [
      'BLOCKER not-in-transaction 20250102000000_b/migration.sql:2',
      'BLOCKER stand-alone 20250102000000_b/migration.sql:2',
      'BLOCKER drop-column 20250103000000_c/migration.sql:1',
    ],
  },
  {
    it: 'leaves a separate file of the way down alone',
    tool: 'golang-migrate',
    files: { '1_a.up.sql': 'create index on t (a);', '1_a.down.sql': 'drop table t; drop table u;' },
    finds: ['BLOCKER require-concurrent-index-creation 1_a.up.sql:1'],
  },
  {
    it: 'never runs the programs of other tools: they are named as not evaluated',
    tool: 'knex',
    files: {
      '20250101000000_a.js': `require('node:fs').writeFileSync(__filename + '.ran', ''); exports.up = () => {};`,
    },
    finds: ['WARNING not-evaluated 20250101000000_a.js:1'],
  },
  {
    it: 'names a revision in Python as not evaluated',
    tool: 'alembic',
    files: { 'versions/a1_b.py': `revision = 'a1'\ndown_revision = None\ndef upgrade():\n    pass\n` },
    finds: ['WARNING not-evaluated versions/a1_b.py:1'],
  },
];

describe('lint of the migrations of a tool', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let count = 0;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  async function written(files: Readonly<Record<string, string>>): Promise<string> {
    const directory = join(folder.path, String(++count));
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, file)), { recursive: true });
      await writeFile(join(directory, file), text);
    }
    return directory;
  }

  const options = (directory: string, tool: string, values: Readonly<Record<string, string>> = {}) => ({
    directory,
    migrations: { tool, values },
    shown: 'migrations',
    lint: { policy: {}, approvals: [] },
    signal: AbortSignal.timeout(60_000),
  });

  for (const { it: name, tool, files, values, finds } of cases) {
    it(`${name} (${tool})`, async () => {
      const directory = await written(files);
      const set = migrationSet(directory, migrationTool(tool));
      assert.notEqual(set.files.length, 0);
      const report = await lintEach(set.files, options(directory, tool, values));
      const found = report.findings.map(
        ({ severity, rule, file, line }) => `${severity} ${rule} ${file?.replace('migrations/', '')}:${line}`,
      );
      assert.deepEqual(found, finds);
      const unseen = finds.filter((find) => find.includes(' not-evaluated ')).map((find) => find.split(' ')[2]);
      for (const place of unseen) {
        const file = place?.replace(/:1$/, ': ') ?? '';
        assert.ok(
          report.notEvaluated.some((each) => each.startsWith(file)),
          `${file} is not in ${report.notEvaluated}`,
        );
      }
      assert.deepEqual(migrationSet(directory, migrationTool(tool)), set, 'it wrote to the directory');
    });
  }

  it('blocks when a file of a migration is not the one of the release, the way down and the settings included', async () => {
    const files = {
      'V1__a.sql': 'select 1;',
      'U1__a.sql': 'select 2;',
      'V1__a.sql.conf': 'executeInTransaction=true\n',
    };
    for (const changed of Object.keys(files)) {
      const directory = await written(files);
      const set = migrationSet(directory, migrationTool('flyway'));
      await writeFile(join(directory, changed), 'select 3;');
      const { findings } = await lintEach(set.files, options(directory, 'flyway'));
      assert.equal(verdictOf(findings), 'inconclusive');
      assert.deepEqual(
        findings.map(({ code, about }) => `${code} ${about}`),
        [`LINT_CONTENT_MISMATCH ${changed}`, 'LINT_NOT_EVALUATED V1__a.sql:1 not-evaluated'],
      );
    }
  });
});
