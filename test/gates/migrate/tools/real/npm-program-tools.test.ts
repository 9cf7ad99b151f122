import assert from 'node:assert/strict';
import { execPath } from 'node:process';
import { after, before, describe, it } from 'mocha';
import { type DeskServer, startDeskServer } from '../../../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../../../support/temporary-folder.ts';
import { assertStamped } from './stamped.ts';
import { npmTools, type Ran, run } from './test-tools.ts';
import { assertApplied, type ToolProject, toolProject, traced } from './tool-project.ts';

const failing = 'select no_such_column;';

describe('migration tools of npm whose migrations are programs, for real', function () {
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

  describe('knex', () => {
    const migration = (file: string, sql = '') =>
      `export const up = (knex) => knex.raw(${JSON.stringify(traced(file) + sql)});\nexport const down = async () => {};\n`;

    it('runs in our order; the history is read, a failure leaves nothing, a lock that was left is found', async () => {
      const project = await make('knex');
      // Text order: the longer version first, whatever its number.
      const files = ['20250101000000_a.mjs', '20250102000000_b.mjs', '3_c.mjs'];
      await project.write(Object.fromEntries(files.map((file) => [file, migration(file)])));
      ok(await driver('knex', project));
      await assertApplied(project);
      await assertStamped(project, () => driver('knex', project));
      await project.write({ '4_d.mjs': migration('4_d.mjs', failing) });
      refused(await driver('knex', project));
      assert.deepEqual(
        (await project.history()).rows.filter((row) => row.state !== 'applied'),
        [],
      );
      await project.query('update knex_migrations_lock set is_locked = 1');
      const { rows } = await project.history();
      assert.deepEqual(
        rows.filter((row) => row.state === 'dirty').map((row) => row.name),
        ['knex_migrations_lock'],
      );
      const locked = await driver('knex', project);
      assert.match(locked.output, /lock/i);
    });

    it('runs outside a transaction just where the sections say so', async () => {
      const project = await make('knex');
      const sql = 'create index concurrently trace_name on trace (name)';
      const text = (config: string) =>
        `export const up = (knex) => knex.raw('${sql}');\nexport const down = async () => {};\n${config}`;
      await project.write({ '1_a.mjs': text('') });
      assert.equal(project.sections('1_a.mjs').transactional, true);
      refused(await driver('knex', project));
      await project.write({ '1_a.mjs': text('export const config = { transaction: false };\n') });
      assert.equal(project.sections('1_a.mjs').transactional, false);
      ok(await driver('knex', project));
    });
  });

  describe('kysely', () => {
    it('runs in our order; the history is read, and a failure leaves nothing', async () => {
      const project = await make('kysely');
      const migration = (file: string, sql = '') =>
        `export const up = async (db) => { for (const text of ${JSON.stringify([traced(file), sql].filter(Boolean))}) await db.executeQuery({ sql: text, parameters: [], query: { kind: 'RawNode' } }); };\n`;
      const files = ['20250101_a.mjs', '2025_b.mjs', '9_c.mjs'];
      await project.write(Object.fromEntries(files.map((file) => [file, migration(file)])));
      ok(await driver('kysely', project));
      await assertApplied(project);
      await assertStamped(project, () => driver('kysely', project));
      await project.write({ '9_d.mjs': migration('9_d.mjs', failing) });
      refused(await driver('kysely', project));
      assert.equal((await project.history()).rows.length, 3);
    });
  });

  describe('typeorm', () => {
    it('runs in the order of the times in the class names; a failure leaves nothing', async () => {
      const project = await make('typeorm');
      const migration = (file: string, name: string, sql = '') =>
        `export class ${name} {\n  async up(runner) { await runner.query(${JSON.stringify(traced(file) + sql)}); }\n  async down() {}\n}\n`;
      await project.write({
        'b.mjs': migration('b.mjs', 'First1740000000000'),
        'a.mjs': migration('a.mjs', 'Second1740000100000'),
      });
      ok(await driver('typeorm', project));
      await assertApplied(project);
      await assertStamped(project, () => driver('typeorm', project));
      await project.write({ 'c.mjs': migration('c.mjs', 'Third1740000200000', failing) });
      refused(await driver('typeorm', project));
      assert.equal((await project.history()).rows.length, 2);
    });
  });

  describe('umzug on sequelize', () => {
    it('runs in our order; the history is read; a failure is not on record', async () => {
      const project = await make('sequelize');
      const migration = (file: string, sql = '') =>
        `export const up = ({ context }) => context.sequelize.query(${JSON.stringify(traced(file) + sql)});\nexport const down = async () => {};\n`;
      const files = ['20250101_a.mjs', '20250102_b.mjs', '3_c.mjs'];
      await project.write(Object.fromEntries(files.map((file) => [file, migration(file)])));
      ok(await driver('umzug', project));
      await assertApplied(project);
      await assertStamped(project, () => driver('umzug', project));
      await project.write({ '4_d.mjs': migration('4_d.mjs', failing) });
      refused(await driver('umzug', project));
      assert.equal((await project.history()).rows.length, 3);
    });
  });
});

function ok({ code, output }: Ran): void {
  assert.equal(code, 0, output);
}

function refused({ code, output }: Ran): void {
  assert.notEqual(code, 0, output);
}
