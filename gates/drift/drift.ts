import { z } from 'zod';
import { refreshDrift } from '../baseline/refresh-drift.ts';
import { type SchemaDrift, schemaDrift } from '../baseline/schema-drift.ts';
import { differenceLine } from '../catalog/compare.ts';
import { defineGate, type GateInputs, gateInputs } from '../kernel/gate.ts';
import { blocker, warning } from '../kernel/verdict.ts';
import { readHistory } from '../migrate/history.ts';

const needed = 'the schema as the last migration left it';

/** The schema stays what its migrations made of it; looked at in every preview and refresh (C6). */
export const drift = defineGate<GateInputs, SchemaDrift>({
  name: 'drift',
  rules: 1,
  needs: ['head'],
  live: true,
  inputs: gateInputs,
  evidence: {
    file: 'drift.json',
    body: z.object({
      onRecord: z.boolean().describe('whether the schema after exactly this history is known'),
      differences: z.array(z.string()),
    }),
  },
  deadlineSeconds: () => 60,
  subject: () => null,
  refresh: refreshDrift,
  inspect: async (world, { release }) => {
    const client = await world.database();
    const { recorded } = await readHistory(client, release.migrations);
    return schemaDrift(client, release.migrations, recorded);
  },
  judge: ({ onRecord, differences }) => [
    ...(onRecord ? [] : [warning('DRIFT_NOT_EVALUATED', 'schema', 'a history without a schema on record', needed)]),
    ...differences.map((difference) => blocker('DRIFT', difference.object, differenceLine(difference), needed)),
  ],
  report: (_inputs, facts) => ({
    onRecord: facts?.onRecord ?? false,
    differences: (facts?.differences ?? []).map(differenceLine),
  }),
  summary: (_inputs, { onRecord }) =>
    onRecord ? 'the schema is as the last migration left it' : 'the schema is not on record',
});
