import { z } from 'zod';
import { type BaselineInputs, baselineInputs, baselineNames, revisionKnown } from '../baseline/inputs.ts';
import { appliedNames, stampingOf } from '../baseline/tool-history.ts';
import { readCatalog } from '../catalog/catalog.ts';
import { connect } from '../kernel/database.ts';
import { defineGate } from '../kernel/gate.ts';
import { recordCatalog } from '../kernel/ledger/catalog.ts';
import { recordHashes } from '../kernel/ledger/migration-hash.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { historyDigest } from '../migrate/history-digest.ts';

interface StampFacts {
  readonly before: readonly string[];
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
  inspect: async (world, { release }) => ({ before: await appliedNames(await world.database(), release) }),
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

function judge({ before }: StampFacts, inputs: BaselineInputs): readonly Finding[] {
  const unknown = revisionKnown(inputs);
  if (unknown.length > 0) return unknown;
  const { tool } = inputs.release.migrations;
  if (stampingOf(inputs.release.migrations) === undefined) {
    return [
      blocker('STAMP_UNSUPPORTED', tool, 'a tool whose history is not known well enough', "the tool's own stamp"),
    ];
  }
  const names = baselineNames(inputs.release, inputs.revision);
  if (before.length === 0 || before.slice(0, names.length).join() === names.join()) return [];
  return [blocker('HISTORY_OTHER', tool, listOf(before), `nothing, or ${listOf(names)}`)];
}

/** One transaction as the migrating role: the history belongs to it, as when the tool itself had made it. */
async function act(world: World, inputs: BaselineInputs, { before }: StampFacts): Promise<StampDone> {
  const { release, revision } = inputs;
  const names = baselineNames(release, revision);
  const stamping = stampingOf(release.migrations);
  if (before.length > 0 || stamping === undefined) return { stamped: [], after: before };
  const migrator = await connect(
    await world.platform(),
    inputs.database,
    'migrator',
    `sallyport stamp ${inputs.stack}`,
  );
  try {
    await migrator.query('begin');
    await migrator.query(stamping.create);
    await migrator.query(stamping.insert, [names]);
    await migrator.query('commit');
  } finally {
    await migrator.end();
  }
  const client = await world.database();
  const after = await appliedNames(client, release);
  const stamped = new Set(names);
  await recordHashes(
    client,
    release.migrations.files.filter((file) => stamped.has(file.name)),
  );
  const catalog = await readCatalog(client, applicationScope(release.migrations));
  await recordCatalog(client, historyDigest(after), catalog, world.attempt?.id ?? 0);
  return { stamped: names, after };
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'an empty history' : `${names.length} migrations up to ${names.at(-1)}`;
}
