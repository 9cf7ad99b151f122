import { z } from 'zod';
import { type BaselineInputs, baselineInputs, baselineNames, revisionKnown } from '../baseline/inputs.ts';
import { readCatalog } from '../catalog/catalog.ts';
import { connect } from '../kernel/database.ts';
import { defineGate } from '../kernel/gate.ts';
import { recordCatalog } from '../kernel/ledger/catalog.ts';
import { recordHashes } from '../kernel/ledger/migration-hash.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { type History, readHistory } from '../migrate/history.ts';
import { historyDigest } from '../migrate/history-digest.ts';
import { historyFindings } from '../preflight/rules/history-state.ts';
import { stampOf, writeStamp } from './write-stamp.ts';

interface StampFacts {
  readonly before: readonly string[];
  readonly history: History;
}

interface StampDone {
  readonly stamped: readonly string[];
  readonly after: readonly string[];
}

/** Writes the migrations up to the baseline revision into the tool's own history; only what is at parity gets here (C3). */
export const stamp = defineGate<BaselineInputs, StampFacts, StampDone>({
  name: 'stamp',
  rules: 1,
  needs: ['snapshot', 'parity'],
  inputs: baselineInputs,
  evidence: {
    file: 'stamp.json',
    body: z.object({
      tool: z.string(),
      revision: z.string(),
      historyBefore: z.array(z.string()).nullable(),
      stamped: z.array(z.string()),
      historyAfter: z.array(z.string()).nullable(),
    }),
  },
  deadlineSeconds: () => 60,
  subject: ({ revision }) => revision,
  inspect: async (world, { release }) => {
    const history = await readHistory(await world.database(), release.migrations);
    return { before: history.applied, history };
  },
  judge,
  act,
  conclude: ({ after }, _facts, { release, revision }) => {
    const names = baselineNames(release, revision);
    if (after.slice(0, names.length).join() === names.join()) return [];
    return [blocker('STAMP_NOT_WRITTEN', release.migrations.tool, listOf(after), listOf(names))];
  },
  report: ({ release, revision }, facts, done) => ({
    tool: release.migrations.tool,
    revision,
    historyBefore: facts?.before ?? null,
    stamped: done?.stamped ?? [],
    historyAfter: done?.after ?? null,
  }),
  data: (_inputs, _facts, done) => ({ stamped: done?.stamped ?? [] }),
  summary: ({ revision }, _facts, done) =>
    done === undefined || done.stamped.length === 0
      ? `the history has ${revision} already`
      : `${done.stamped.length} migrations written into the history, up to ${revision}`,
});

function judge({ before, history }: StampFacts, inputs: BaselineInputs): readonly Finding[] {
  const unknown = revisionKnown(inputs);
  if (unknown.length > 0) return unknown;
  const { release } = inputs;
  const { tool } = release.migrations;
  const broken = historyFindings(history, release);
  if (broken.length > 0) return broken;
  const names = baselineNames(release, inputs.revision);
  if (before.length === 0) {
    const stamp = stampOf(release.migrations, history, names);
    return 'needed' in stamp ? [blocker('STAMP_UNSUPPORTED', tool, stamp.found, stamp.needed)] : [];
  }
  if (before.slice(0, names.length).join() === names.join()) return [];
  return [blocker('HISTORY_OTHER', tool, listOf(before), `nothing, or ${listOf(names)}`)];
}

/** One transaction as the migrating role: the history belongs to it, as when the tool itself had made it. */
async function act(world: World, inputs: BaselineInputs, { before }: StampFacts): Promise<StampDone> {
  const { release, revision } = inputs;
  const names = baselineNames(release, revision);
  if (before.length > 0) return { stamped: [], after: before };
  const migrator = await connect(
    await world.platform(),
    inputs.database,
    'migrator',
    `sallyport stamp ${inputs.stack}`,
  );
  try {
    await writeStamp(migrator, release.migrations, names);
  } finally {
    await migrator.end();
  }
  const client = await world.database();
  const { applied: after, recorded } = await readHistory(client, release.migrations);
  const stamped = new Set(names);
  await recordHashes(
    client,
    release.migrations.files.filter((file) => stamped.has(file.name)),
  );
  const catalog = await readCatalog(client, applicationScope(release.migrations));
  await recordCatalog(client, historyDigest(recorded), catalog, world.attempt?.id ?? 0);
  return { stamped: names, after };
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'an empty history' : `${names.length} migrations up to ${names.at(-1)}`;
}
