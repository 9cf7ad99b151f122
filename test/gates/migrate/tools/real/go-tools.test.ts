import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type DeskServer, startDeskServer } from '../../../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../../../support/temporary-folder.ts';
import { assertStamped } from './stamped.ts';
import { goTools, type Ran, run } from './test-tools.ts';
import { assertApplied, type ToolProject, toolProject, traced } from './tool-project.ts';

const failing = 'select no_such_column;';
const concurrently = 'create index concurrently i on trace (name);';

describe('migration tools of Go, for real', function () {
  this.timeout(600_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: DeskServer;
  let program: string;

  before(async () => {
    program = await goTools();
    folder = await temporaryFolder();
    server = await startDeskServer();
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  const make = (tool: string) => toolProject(server, folder.path, tool);
  const tool = (name: string, direction: string, project: ToolProject) =>
    run(program, [name, direction, project.directory, `${project.url}?sslmode=disable`], folder.path);

  describe('goose', () => {
    const up = (text: string) => `-- +goose Up\n${text}\n-- +goose Down\nselect 1;\n`;

    it('runs in our order, by number; ups and downs are read; a failure leaves nothing', async () => {
      const project = await make('goose');
      const files = ['20250101000000_c.sql', '00009_a.sql', '10_b.sql'];
      await project.write(Object.fromEntries(files.map((file) => [file, up(traced(file))])));
      succeeded(await tool('goose', 'up', project));
      await assertApplied(project);
      await assertStamped(project, () => tool('goose', 'up', project));
      assert.deepEqual((await project.history()).applied, ['9', '10', '20250101000000']);
      succeeded(await tool('goose', 'down', project));
      assert.deepEqual((await project.history()).applied, ['9', '10']);
      await project.write({ '20250101000000_c.sql': up(failing) });
      refused(await tool('goose', 'up', project));
      assert.deepEqual((await project.history()).applied, ['9', '10']);
    });

    it('refuses one that came late, which is pending and older than the newest applied', async () => {
      const project = await make('goose');
      await project.write({ '10_b.sql': up(traced('10_b.sql')) });
      succeeded(await tool('goose', 'up', project));
      await project.write({ '9_late.sql': up(traced('9_late.sql')) });
      refused(await tool('goose', 'up', project));
      assert.deepEqual((await project.history()).applied, ['10']);
      succeeded(await tool('goose', 'up-allow-missing', project));
      assert.deepEqual((await project.history()).applied, ['10', '9']);
    });

    for (const [name, text, evaluated] of [
      ['a plain file', up(concurrently), true],
      ['NO TRANSACTION', `-- +goose NO TRANSACTION\n${up(concurrently)}`, true],
      [
        'annotations in any case',
        `-- +GOOSE no Transaction\n-- +goose UP\nselect 1;\n${concurrently}\n-- +goose down\nselect 1;\n`,
        true,
      ],
      [
        'StatementBegin',
        up(`-- +goose statementbegin\ndo $$ begin perform 1; end $$;\n-- +goose StatementEnd\n${concurrently}`),
        true,
      ],
      ['no annotation at all', concurrently, false],
    ] as const) {
      it(`runs ${name} in a transaction, or refuses it, just where the sections say so`, async () => {
        const project = await make('goose');
        await project.write({ '1_a.sql': text });
        const sections = project.sections('1_a.sql');
        assert.equal(sections.evaluated, evaluated);
        const { code, output } = await tool('goose', 'up', project);
        assert.equal(code === 0, !sections.transactional && sections.evaluated, output);
      });
    }
  });

  describe('golang-migrate', () => {
    it('runs in our order, by number; all up to the one version are read; a failed one is dirty', async () => {
      const project = await make('golang-migrate');
      const files = ['000002_b.up.sql', '1_a.up.sql', '20250101000000_c.up.sql'];
      await project.write(Object.fromEntries(files.map((file) => [file, traced(file)])));
      await project.write({ '20250101000000_c.down.sql': 'select 1;' });
      succeeded(await tool('golang-migrate', 'up', project));
      await assertApplied(project);
      await assertStamped(project, () => tool('golang-migrate', 'up', project));
      const history = await project.history();
      assert.deepEqual(history.applied, ['1', '2', '20250101000000']);
      assert.deepEqual(history.recorded, ['20250101000000']);
      assert.deepEqual(project.set().files.at(-1)?.down?.file, '20250101000000_c.down.sql');
      succeeded(await tool('golang-migrate', 'down', project));
      assert.deepEqual((await project.history()).applied, ['1', '2']);
      await project.write({ '20250101000000_c.up.sql': failing });
      refused(await tool('golang-migrate', 'up', project));
      const dirty = await project.history();
      assert.deepEqual(dirty.applied, ['1', '2']);
      assert.deepEqual(dirty.rows.at(-1), { name: '20250101000000', state: 'dirty', note: dirty.rows.at(-1)?.note });
      assert.match((await tool('golang-migrate', 'up', project)).output, /dirty/i);
    });

    it('passes over one that came late and takes it as applied: assumed, for the accepted release to tell', async () => {
      const project = await make('golang-migrate');
      await project.write({ '2_b.up.sql': traced('2_b.up.sql') });
      succeeded(await tool('golang-migrate', 'up', project));
      await project.write({ '1_late.up.sql': traced('1_late.up.sql') });
      succeeded(await tool('golang-migrate', 'up', project));
      assert.deepEqual(await project.trace(), ['2_b.up.sql']);
      assert.deepEqual((await project.history()).rows[0], { name: '1', state: 'applied', assumed: true });
    });

    for (const [name, text] of [
      ['a single statement', concurrently],
      ['a single statement with comments', `-- why; because\n/* ; /* ; */ */\n${concurrently}\n-- done;\n`],
      ['two statements', `select ';' as "a;b";\n${concurrently}`],
    ] as const) {
      it(`runs ${name} in a transaction just where the sections say so`, async () => {
        const project = await make('golang-migrate');
        await project.write({ '1_a.up.sql': text });
        const { code, output } = await tool('golang-migrate', 'up', project);
        assert.equal(code !== 0, project.sections('1_a.up.sql').transactional, output);
      });
    }
  });
});

function succeeded({ code, output }: Ran): void {
  assert.equal(code, 0, output);
}

function refused({ code, output }: Ran): void {
  assert.notEqual(code, 0, output);
}
