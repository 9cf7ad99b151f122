import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { readCatalog } from '../catalog/catalog.ts';
import { connect } from '../kernel/database.ts';
import { sha256 } from '../kernel/digest.ts';
import { defineGate, gateInputs } from '../kernel/gate.ts';
import { gateError, messageOf } from '../kernel/gate-error.ts';
import { projectRoot } from '../kernel/project-root.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { type RowCounts, rowCounts } from '../restore-point/row-counts.ts';

const snapshotInputs = gateInputs.extend({
  /** SQL that makes the existing database, relative to the project, and the hash of its content. */
  snapshot: z.strictObject({ file: z.string(), sha256: z.string() }).optional(),
});

type SnapshotInputs = z.infer<typeof snapshotInputs>;

interface SnapshotFacts {
  readonly rows: RowCounts;
}

interface SnapshotDone {
  readonly restored: boolean;
  readonly rows: RowCounts;
  readonly objects: number;
}

/** The existing database, as it is onboarded: found in place, or restored from a snapshot where there is nothing (C3). */
export const snapshot = defineGate<SnapshotInputs, SnapshotFacts, SnapshotDone>({
  name: 'snapshot',
  rules: 1,
  needs: [],
  inputs: snapshotInputs,
  evidence: {
    file: 'snapshot.json',
    body: z.object({
      file: z.string().nullable(),
      sha256: z.string().nullable(),
      restored: z.boolean().describe('false when the database had tables already and was left as it was'),
      objects: z.number().int(),
      rows: z.record(z.string(), z.number().nullable()).describe('table → rows; null where it was too large to count'),
    }),
  },
  deadlineSeconds: () => 600,
  subject: ({ snapshot }) => snapshot ?? null,
  inspect: async (world) => ({ rows: await rowCounts(await world.database()) }),
  judge,
  act,
  report: ({ snapshot }, facts, done) => ({
    file: snapshot?.file ?? null,
    sha256: snapshot?.sha256 ?? null,
    restored: done?.restored ?? false,
    objects: done?.objects ?? 0,
    rows: rowsAsJson(done?.rows ?? facts?.rows ?? new Map()),
  }),
  data: (_inputs, _facts, done) => ({ rows: rowsAsJson(done?.rows ?? new Map()) }),
  summary: ({ snapshot }, _facts, done) => {
    const tables = `${done?.rows.size ?? 0} tables, ${done?.objects ?? 0} objects`;
    return done?.restored ? `${tables}, restored from ${snapshot?.file}` : `${tables}, found in place`;
  },
});

function judge({ rows }: SnapshotFacts, { snapshot }: SnapshotInputs): readonly Finding[] {
  if (rows.size > 0 || snapshot !== undefined) return [];
  const needed = 'an existing database, or sallyport:baseline.snapshot';
  return [blocker('SNAPSHOT_MISSING', 'database', 'a database without a table', needed)];
}

async function act(world: World, inputs: SnapshotInputs, facts: SnapshotFacts): Promise<SnapshotDone> {
  const restored = facts.rows.size === 0 && inputs.snapshot !== undefined;
  if (restored && inputs.snapshot !== undefined) await restore(world, inputs, inputs.snapshot);
  const client = await world.database();
  const catalog = await readCatalog(client, applicationScope(inputs.release.migrations));
  return { restored, rows: await rowCounts(client), objects: catalog.size };
}

/** In one transaction: a restore that is cut off leaves an empty database, and the next run begins anew. */
async function restore(
  world: World,
  inputs: SnapshotInputs,
  { file, sha256: wanted }: { file: string; sha256: string },
) {
  const text = await readFile(resolve(projectRoot, file), 'utf8');
  if (sha256(text) !== wanted) {
    throw gateError('SNAPSHOT_NOT_RESTORED', file, 'a file that has changed since the preview', 'the file as it was');
  }
  const name = `sallyport snapshot ${inputs.stack}`;
  const client = await connect(await world.platform(), inputs.database, 'migrator', name);
  try {
    await client.query('begin');
    await client.query(withoutMetaCommands(text));
    await client.query('commit');
  } catch (error) {
    throw gateError('SNAPSHOT_NOT_RESTORED', file, messageOf(error), 'SQL that the migrating role may run', error);
  } finally {
    await client.end();
  }
}

/** pg_dump --inserts writes SQL and, in newer versions, two lines for psql alone. */
function withoutMetaCommands(text: string): string {
  return text.replaceAll(/^\\(un)?restrict .*$/gm, '');
}

function rowsAsJson(rows: RowCounts): Record<string, number | null> {
  return Object.fromEntries([...rows].map(([table, count]) => [table, count ?? null]));
}
