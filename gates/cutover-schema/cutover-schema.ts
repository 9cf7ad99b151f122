import { z } from 'zod';
import { differenceLine } from '../catalog/compare.ts';
import { readCandidate } from '../cutover/candidate.ts';
import { databaseId } from '../cutover/database-id.ts';
import { openSession } from '../cutover/sides.ts';
import { targetFree } from '../cutover-preflight/rules/target-free.ts';
import { defineGate, receiptOf } from '../kernel/gate.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { buildSchema } from './build-schema.ts';
import { contentsOf } from './contents.ts';
import { type SchemaDone, type SchemaFacts, type SchemaInputs, schemaInputs } from './facts.ts';
import { openedSinceCopy } from './opened-since-copy.ts';
import { passedBuild } from './passed-build.ts';
import { notEqualAnyway } from './schema-parity.ts';

/** Makes the candidate's schema from the migrations, proves it equal to the source's object by object, and empties it. */
export const cutoverSchema = defineGate<SchemaInputs, SchemaFacts, SchemaDone>({
  name: 'cutover-schema',
  rules: 1,
  needs: ['cutover-preflight'],
  inputs: schemaInputs,
  evidence: {
    file: 'cutover-schema.json',
    body: z.object({
      build: z.string().nullable().describe('of the candidate: its mark has it'),
      sourceId: z.string().nullable().describe('system identifier and database'),
      targetId: z.string().nullable(),
      migrated: z.boolean().nullable().describe('false where the migrations were run by hand'),
      cleaned: z.number().int().describe('objects of an earlier build that were taken away'),
      objects: z.number().int(),
      catalog: z.string().nullable().describe('digest of the catalog of the source'),
      differences: z.array(
        z.object({ object: z.string(), found: z.string().nullable(), needed: z.string().nullable() }),
      ),
      notCompared: z.array(z.string()),
      tables: z.number().int().describe('emptied'),
      deferred: z.number().int().describe('indexes and constraints that are made again once the rows are there'),
      logs: z.array(z.string()).describe('end of the output of the migration tool'),
    }),
  },
  deadlineSeconds: () => 1800,
  subject: ({ plan, image, commands, migrationJob }) => ({
    ...{ plan, image, commands },
    ...(migrationJob !== undefined && { migrationJob }),
  }),
  inspect,
  judge,
  act: buildSchema,
  conclude,
  drift,
  report: (_inputs, facts, done) => ({
    build: done?.build ?? null,
    sourceId: facts?.sourceId ?? null,
    targetId: facts?.targetId ?? null,
    migrated: done?.migrated ?? null,
    cleaned: done?.cleaned ?? 0,
    objects: done?.objects ?? 0,
    catalog: done?.catalog ?? null,
    differences: (done?.differences ?? []).map(({ object, found, needed }) => ({
      object,
      found: found ?? null,
      needed: needed ?? null,
    })),
    notCompared: [...notEqualAnyway],
    tables: done?.tables ?? 0,
    deferred: done?.deferred ?? 0,
    logs: [...(done?.logs ?? [])],
  }),
  data: (_inputs, { sourceId, targetId }, done) => ({ build: done?.build, sourceId, targetId, catalog: done?.catalog }),
  summary: ({ plan }, _facts, done) =>
    done === undefined
      ? `the schema of ${plan.target.at} from the migrations`
      : `${done.objects} objects as on the source, ${done.tables} tables empty, ${done.deferred} indexes and constraints put off`,
});

async function inspect(_world: World, { plan }: SchemaInputs): Promise<SchemaFacts> {
  const source = await openSession(plan, 'source');
  try {
    const target = await openSession(plan, 'target');
    try {
      const [sourceId, targetId] = [await databaseId(source), await databaseId(target)];
      return { sourceId, targetId, candidate: await readCandidate(target), contents: await contentsOf(target) };
    } finally {
      await target.end();
    }
  } finally {
    await source.end();
  }
}

function judge(facts: SchemaFacts, inputs: SchemaInputs): readonly Finding[] {
  const { data } = receiptOf(inputs, 'cutover-preflight');
  const moved = (['source', 'target'] as const).flatMap((side) => {
    const [found, seen] = [facts[`${side}Id`], data[`${side}Id`]];
    const needed = `${String(seen)}, which cutover-preflight looked at`;
    return found === seen ? [] : [blocker('SIDE_MOVED', inputs.plan[side].direct, `database ${found}`, needed)];
  });
  return [...moved, ...targetFree(facts, inputs.plan)];
}

function conclude({ differences, notEmptied }: SchemaDone): readonly Finding[] {
  return [
    ...differences.map((each) =>
      blocker('SCHEMA_PARITY', each.object, differenceLine(each), 'what the source has, from the migrations'),
    ),
    ...notEmptied.map((table) => blocker('CANDIDATE_NOT_EMPTIED', table, 'rows after it was emptied', 'no row')),
  ];
}

/** A candidate that was refused, built by somebody else since, or copied from a source that was opened again, is built anew. */
async function drift(world: World, { plan, stack }: SchemaInputs): Promise<string | undefined> {
  const ledger = await world.database();
  const build = await passedBuild(ledger, stack);
  const target = await openSession(plan, 'target');
  try {
    const candidate = await readCandidate(target);
    if (candidate === undefined) return 'the target has no mark of a candidate';
    if (candidate.build !== build) return `the candidate is of build ${candidate.build}`;
    if (candidate.state === 'refused') return `the candidate was refused: ${candidate.note}`;
    if (candidate.state === 'serving' || !(await openedSinceCopy(ledger, plan, build))) return undefined;
    return 'the source was opened for writes after it was copied';
  } finally {
    await target.end();
  }
}
