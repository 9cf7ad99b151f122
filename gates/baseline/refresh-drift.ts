import { differenceLine } from '../catalog/compare.ts';
import type { Refresh } from '../kernel/gate.ts';
import { hasLedger } from '../kernel/ledger/schema.ts';
import { releaseSchema } from '../kernel/release.ts';
import { readHistory } from '../migrate/history.ts';
import { schemaDrift } from './schema-drift.ts';

/** What `pulumi refresh` sees of a schema that was changed outside of migrations. */
export const refreshDrift: Refresh = {
  keep: ({ release }) => ({ migrations: release.migrations }),
  look: async (world, kept) => {
    const client = await world.database();
    const migrations = releaseSchema.shape.migrations.parse(kept.migrations);
    if (!(await hasLedger(client))) return undefined;
    const { recorded } = await readHistory(client, migrations);
    const { differences } = await schemaDrift(client, migrations, recorded);
    return differences.length === 0 ? undefined : `DRIFT ${differences.map(differenceLine).join('; ')}`;
  },
};
