import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { BaselineInputs } from '../../../gates/baseline/inputs.ts';
import type { History } from '../../../gates/migrate/history.ts';
import { stamp } from '../../../gates/stamp/stamp.ts';
import { writeStamp } from '../../../gates/stamp/write-stamp.ts';
import { type DeskServer, startDeskServer } from '../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { tableOf } from '../migrate/tools/real/stamped.ts';
import { toolProject } from '../migrate/tools/real/tool-project.ts';
import { sampleInputs, sampleMigrations, sampleRelease } from '../sample-release.ts';

const [one, two] = sampleMigrations;
const none: History = {
  applied: [],
  recorded: [],
  rows: [],
  table: { schema: 'public', table: 'pgmigrations' },
  exists: false,
  others: [],
};
const withRows = (names: readonly string[], state: 'applied' | 'dirty' = 'applied'): History => ({
  ...none,
  exists: true,
  applied: state === 'applied' ? names : [],
  rows: names.map((name) => ({ name, state })),
});

describe('the stamp', () => {
  const inputs = (tool: string, revision: string): BaselineInputs => {
    const release = sampleRelease();
    const migrations = { ...release.migrations, tool };
    const commands = { head: ['node'], up: ['node'], down: ['node'] };
    return { ...sampleInputs({ release: { ...release, migrations } }), image: 'i', commands, revision };
  };
  const table: readonly (readonly [string, string, string, History, readonly string[]])[] = [
    ['goes on with an empty history', 'node-pg-migrate', two, none, []],
    ['goes on where it was stamped before', 'node-pg-migrate', two, withRows([one, two]), []],
    ['blocks a revision that is none', 'node-pg-migrate', '4', none, ['BASELINE_REVISION_UNKNOWN']],
    ['blocks a history that goes another way', 'node-pg-migrate', two, withRows([two]), ['HISTORY_OTHER']],
    ['blocks a history that is not whole', 'node-pg-migrate', two, withRows([one], 'dirty'), ['HISTORY_DIRTY']],
    [
      'blocks a database that another tool keeps its history in',
      'node-pg-migrate',
      two,
      { ...none, others: [{ name: 'public.goose_db_version', tool: 'goose', instead: false }] },
      ['HISTORY_OF_ANOTHER_TOOL'],
    ],
    ['blocks a program of its own whose table is not there', 'plain-sql', two, none, ['STAMP_UNSUPPORTED']],
    [
      'blocks a program of its own whose column says we know not what',
      'plain-sql',
      two,
      { ...none, exists: true, table: { ...none.table, column: 'fingerprint' } },
      ['STAMP_UNSUPPORTED'],
    ],
  ];
  for (const [name, tool, revision, history, codes] of table) {
    it(name, () => {
      const findings = stamp.judge({ before: history.applied, history }, inputs(tool, revision));
      assert.deepEqual(
        findings.map(({ severity, code }) => `${severity} ${code}`),
        codes.map((code) => `BLOCKER ${code}`),
      );
    });
  }
});

// Tools that can be run are stamped in migrate/tools/real: there they themselves say that nothing is pending.
describe('a stamp, written', function () {
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

  const files = { '20250101000000_one.sql': 'select 1;', '20250102000000_two.sql': 'select 2;' };
  async function project(tool: string) {
    const made = await toolProject(server, folder.path, tool);
    await made.write(files);
    return { ...made, names: made.set().files.map((file) => file.name) };
  }

  for (const tool of ['node-pg-migrate', 'supabase', 'atlas']) {
    it(`${tool}: all of it is applied, up to the revision; nothing of the history is the application's`, async () => {
      const made = await project(tool);
      await made.session(async (client) => {
        await writeStamp(client, made.migrations(), made.names.slice(0, 1));
        assert.ok((await tableOf(client, made)).size > 0);
      });
      assert.deepEqual((await made.history()).applied, made.names.slice(0, 1));
    });
  }

  it('goes where the configuration says that the history is', async () => {
    const { names, history, session, migrations, query } = await project('node-pg-migrate');
    const elsewhere = { schema: 'ops', table: 'done' };
    await query('create schema ops');
    await session((client) => writeStamp(client, migrations(elsewhere), names));
    assert.deepEqual((await history(elsewhere)).applied, names);
    assert.equal((await history()).exists, false);
  });

  for (const [column, type, rows] of [
    ['version', 'bigint', ['20250101000000', '20250102000000']],
    ['version', 'text', ['20250101000000', '20250102000000']],
    ['name', 'text', ['20250101000000_one', '20250102000000_two']],
    ['filename', 'text', ['20250101000000_one.sql', '20250102000000_two.sql']],
  ] as const) {
    it(`plain SQL, in a column ${column} of type ${type}`, async () => {
      const { names, history, session, migrations, query } = await project('plain-sql');
      await query(`create table schema_migrations (${column} ${type} primary key, at timestamptz default now())`);
      await session((client) => writeStamp(client, migrations({ column }), names));
      assert.deepEqual((await history({ column })).applied, names);
      const found = (await query(`select ${column}::text as value from schema_migrations order by 1`)) as {
        value: string;
      }[];
      assert.deepEqual(
        found.map((row) => row.value),
        rows,
      );
    });
  }

  it('is refused, and nothing is written, where the table asks for more than is known', async () => {
    const { names, history, session, migrations, query } = await project('plain-sql');
    await query('create table schema_migrations (version text primary key, hash text not null)');
    await session((client) =>
      assert.rejects(writeStamp(client, migrations(), names), /STAMP_NOT_WRITTEN plain-sql: found .*"hash"/),
    );
    assert.deepEqual((await history()).rows, []);
  });

  it('is refused, and nothing is written, where what is read back is something else', async () => {
    const { names, history, session, migrations, query } = await project('dbmate');
    await query('create table schema_migrations (version varchar primary key)');
    await query(`create function twice() returns trigger language plpgsql as $$
      begin if pg_trigger_depth() = 1 then insert into schema_migrations values (new.version || '9'); end if; return new; end $$`);
    await query('create trigger twice after insert on schema_migrations for each row execute function twice()');
    await session((client) =>
      assert.rejects(writeStamp(client, migrations(), names), /STAMP_NOT_WRITTEN dbmate: found 4 migrations/),
    );
    assert.deepEqual((await history()).rows, []);
  });
});
