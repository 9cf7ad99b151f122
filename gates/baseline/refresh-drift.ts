import type { ClientBase } from 'pg';
import { differenceLine } from '../catalog/compare.ts';
import type { Refresh } from '../kernel/gate.ts';
import { hasLedger } from '../kernel/ledger/schema.ts';
import { migrationTool } from '../migrate/tools/index.ts';
import { schemaDrift } from './schema-drift.ts';

/** What `pulumi refresh` sees of a schema that was changed outside of migrations. */
export const refreshDrift: Refresh = {
  keep: ({ release }) => ({ tool: release.migrations.tool }),
  look: async (world, kept) => {
    const client = await world.database();
    const tool = String(kept.tool);
    if (!(await hasLedger(client))) return undefined;
    const { differences } = await schemaDrift(client, tool, await historyOf(client, tool));
    return differences.length === 0 ? undefined : `DRIFT ${differences.map(differenceLine).join('; ')}`;
  },
};

function historyOf(client: ClientBase, tool: string): Promise<readonly string[]> {
  return migrationTool(tool).history(client);
}
