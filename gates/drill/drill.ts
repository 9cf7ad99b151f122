import type { Client } from 'pg';
import { z } from 'zod';
import type { DatabaseAddress } from '../../infra/platform.ts';
import { type BaselineInputs, baselineInputs, missingFrom } from '../baseline/inputs.ts';
import { failureOf, runMigrations, workbenchOf } from '../baseline/run-migrations.ts';
import { appliedNames } from '../baseline/tool-history.ts';
import { type Catalog, readCatalog } from '../catalog/catalog.ts';
import { compareCatalogs, differenceLine } from '../catalog/compare.ts';
import { connect } from '../kernel/database.ts';
import { defineGate } from '../kernel/gate.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { applicationScope } from '../migrate/application-scope.ts';

interface Step {
  readonly step: string;
  readonly failure: string | null;
  /** What the catalog should be and is not. */
  readonly differences: readonly string[];
}

interface DrillDone {
  readonly copy: string;
  readonly steps: readonly Step[];
}

/** Up, down one, up again on a throw-away copy of the database, the catalog compared at each turn (C4). */
export const drill = defineGate<BaselineInputs, { readonly pending: readonly string[] }, DrillDone>({
  name: 'drill',
  rules: 1,
  needs: ['snapshot', 'parity', 'stamp'],
  inputs: baselineInputs,
  evidence: {
    file: 'drill.json',
    body: z.object({
      copy: z.string().nullable().describe('the base backup that the copy came from; it stays, as a restore point'),
      pending: z.array(z.string()),
      steps: z.array(z.object({ step: z.string(), failure: z.string().nullable(), differences: z.array(z.string()) })),
    }),
  },
  deadlineSeconds: () => 900,
  subject: ({ image, commands }) => ({ image, commands }),
  inspect: async (world, { release }) => ({
    pending: missingFrom(release, await appliedNames(await world.database(), release)),
  }),
  judge: () => [],
  act,
  conclude: ({ steps }) => steps.flatMap(findingsOf),
  report: (_inputs, facts, done) => ({
    copy: done?.copy ?? null,
    pending: facts?.pending ?? [],
    steps: (done?.steps ?? []).map((step) => ({ ...step, differences: [...step.differences] })),
  }),
  data: (_inputs, _facts, done) => ({ copy: done?.copy ?? null }),
  summary: (_inputs, _facts, done) => `${done?.steps.map(({ step }) => step).join(', ')} on a copy, catalogs equal`,
});

async function act(world: World, inputs: BaselineInputs): Promise<DrillDone> {
  const { backups } = await workbenchOf(world);
  const name = `${inputs.release.sha.slice(0, 12)}-${world.attempt?.id ?? 0}`;
  await backups.take(name);
  const server = await backups.open(name);
  try {
    const client = await connect(await world.platform(), server.database, 'gates', 'sallyport drill');
    try {
      return { copy: name, steps: await turns(world, inputs, server.database, client) };
    } finally {
      await client.end();
    }
  } finally {
    await server.close();
  }
}

async function turns(
  world: World,
  inputs: BaselineInputs,
  database: DatabaseAddress,
  client: Client,
): Promise<readonly Step[]> {
  const { release } = inputs;
  const read = () => readCatalog(client, applicationScope(release.migrations));
  const all = release.migrations.files.map((file) => file.name);
  const pending = missingFrom(release, await appliedNames(client, release));
  const steps: Step[] = [];
  /** One run of the tool; the history and, where it is known, the catalog must then be these. */
  const turn = async (direction: 'up' | 'down', count: number, history: readonly string[], needed?: Catalog) => {
    const run = await runMigrations(world, inputs, database, direction, count);
    const reached = await appliedNames(client, release);
    const failure = failureOf(run, `${direction} ${count}`) ?? unlike(reached, history);
    const differences = needed === undefined ? [] : compareCatalogs(await read(), needed).map(differenceLine);
    steps.push({ step: `${direction} ${count}`, failure: failure ?? null, differences });
    return failure === undefined && differences.length === 0;
  };
  if (pending.length > 1 && !(await turn('up', pending.length - 1, all.slice(0, -1)))) return steps;
  const before = pending.length > 0 ? await read() : undefined;
  if (pending.length > 0 && !(await turn('up', 1, all))) return steps;
  const after = await read();
  if (!(await turn('down', 1, all.slice(0, -1), before))) return steps;
  await turn('up', 1, all, after);
  return steps;
}

function unlike(found: readonly string[], needed: readonly string[]): string | undefined {
  if (found.join() === needed.join()) return undefined;
  return `the history then ends with ${found.at(-1) ?? 'nothing'}, and not with ${needed.at(-1) ?? 'nothing'}`;
}

function findingsOf({ step, failure, differences }: Step): readonly Finding[] {
  const failed =
    failure === null ? [] : [blocker('DRILL_FAILED', step, failure, 'a way up and down by the tool alone')];
  return [
    ...failed,
    ...differences.map((difference) => blocker('DRILL_DIFFERENCE', step, difference, 'the schema as it was before')),
  ];
}
