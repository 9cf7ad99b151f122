import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { migrationTool } from '../../../../gates/migrate/tools/index.ts';
import { qualified } from '../../../../gates/migrate/tools/named-history.ts';
import { writeStamp } from '../../../../gates/stamp/write-stamp.ts';
import { type DeskServer, startDeskServer } from '../../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { tableOf } from './real/stamped.ts';
import { type ToolProject, toolProject } from './real/tool-project.ts';

const recorded = join(import.meta.dirname, 'recorded');

// How they were made: recorded/README.md.
describe('histories that the real tool wrote', function () {
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

  async function recordedProject(tool: string): Promise<ToolProject> {
    const project = await toolProject(server, folder.path, tool);
    await cp(join(recorded, tool, 'migrations'), project.directory, { recursive: true });
    return project;
  }

  for (const tool of ['flyway', 'sqlx', 'diesel']) {
    it(`${tool}: our order, names and checksums are its own, and a stamp is what it would have written`, async () => {
      const project = await recordedProject(tool);
      await project.query(await readFile(join(recorded, tool, 'history.sql'), 'utf8'));
      const { files, ignored } = project.set();
      const { rows, applied } = await project.history();
      assert.deepEqual(ignored, []);
      assert.deepEqual(
        applied,
        files.map((file) => file.name),
      );
      assert.deepEqual(
        rows.map((row) => row.checksum),
        files.map((file) => file.checksum),
      );
      const versioned = files.filter((file) => file.repeatable !== true).map((file) => file.name);
      await project.session(async (client) => {
        const table = await tableOf(client, project);
        await client.query(`drop table ${qualified(migrationTool(tool).table)}`);
        await writeStamp(client, project.migrations(), versioned);
        assert.deepEqual(await tableOf(client, project), table);
      });
      assert.deepEqual((await project.history()).applied, versioned);
    });
  }

  it('flyway: a baseline is a version, and no repeatable migration is one', async () => {
    const project = await recordedProject('flyway');
    const names = project.set().files.map((file) => file.name);
    await project.session(async (client) => {
      await assert.rejects(writeStamp(client, project.migrations(), names), /STAMP_UNSUPPORTED .*R__open-cases\.sql/);
      await writeStamp(client, project.migrations(), names.slice(0, 2));
    });
    const { applied, recorded: inHistory } = await project.history();
    assert.deepEqual([applied, inHistory], [names.slice(0, 2), names.slice(1, 2)]);
  });

  it('atlas: the sum of its own library fits, and does not when a file is another', async () => {
    const project = await recordedProject('atlas');
    assert.deepEqual(project.set().problems, []);
    await project.write({ '20250102000000.sql': 'select 1;' });
    assert.deepEqual(
      project.set().problems.map((problem) => problem.about),
      ['20250102000000.sql'],
    );
  });
});
