import assert from 'node:assert/strict';
import type { ClientBase } from 'pg';
import { readCatalog } from '../../../../../gates/catalog/catalog.ts';
import { applicationScope } from '../../../../../gates/migrate/application-scope.ts';
import { migrationTool } from '../../../../../gates/migrate/tools/index.ts';
import { qualified } from '../../../../../gates/migrate/tools/named-history.ts';
import { writeStamp } from '../../../../../gates/stamp/write-stamp.ts';
import type { Ran } from './test-tools.ts';
import type { ToolProject } from './tool-project.ts';

/**
 * A project whose tool has applied everything loses its history, and is stamped: the table is as the tool had made it, the
 * adapter reads the same, and the tool has nothing to do.
 */
export async function assertStamped(project: ToolProject, run: () => Promise<Ran>): Promise<void> {
  const migrations = project.migrations();
  const names = migrations.files.map((file) => file.name);
  const [before, trace] = [await project.history(), await project.trace()];
  await project.session(async (client) => {
    const table = await tableOf(client, project);
    assert.ok(table.size > 0);
    await client.query(`drop table ${qualified(migrationTool(migrations.tool).table)} cascade`);
    assert.deepEqual((await project.history()).rows, []);
    await writeStamp(client, migrations, names);
    assert.deepEqual(await tableOf(client, project), table);
    await assert.rejects(writeStamp(client, migrations, names), /HISTORY_OTHER/);
  });
  assert.deepEqual(await project.history(), before);
  const { code, output } = await run();
  assert.equal(code, 0, output);
  assert.deepEqual(await project.trace(), trace);
  assert.deepEqual(await project.history(), before);
}

/** What belongs to the history's own table in the catalog. Nothing of it is in the application's. */
export async function tableOf(client: ClientBase, project: ToolProject): Promise<ReadonlyMap<string, string>> {
  const { tool } = project.migrations();
  const { schema, table } = migrationTool(tool).table;
  const all = await readCatalog(client, { withoutSchemas: [], withoutRelations: [] });
  const own = [...all].filter(([object]) => object.includes(schema === 'public' ? table : schema));
  const application = await readCatalog(client, applicationScope({ tool }));
  for (const [object] of own) assert.ok(!application.has(object), `${object} is taken for the application's`);
  return new Map(own.filter(([object]) => !object.includes('_lock')));
}
