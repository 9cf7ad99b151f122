import { missingFrom } from '../baseline/inputs.ts';
import { appliedNames } from '../baseline/tool-history.ts';
import { databaseId } from '../cutover/database-id.ts';
import { readFreezeJournal } from '../cutover/freeze/freeze-journal.ts';
import { sessionRole } from '../cutover/freeze/permitted.ts';
import { type CutoverInputs, cutoverInputs } from '../cutover/plan.ts';
import { readFlipRun } from '../cutover/steps/flip-journal.ts';
import { removeReplication } from '../cutover-backfill/remove-replication.ts';
import { connect } from '../kernel/database.ts';
import { defineGate } from '../kernel/gate.ts';
import { hasCutoverEvents } from '../kernel/ledger/cutover-event.ts';
import type { Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { preflightRules } from './catalogue.ts';
import { preflightEvidence, reportOf } from './evidence.ts';
import type { PreflightFacts } from './facts.ts';
import { readSide } from './read-side.ts';
import { readSource } from './read-source.ts';
import { readTarget } from './read-target.ts';
import { targetFree } from './rules/target-free.ts';

/** Looks at both sides, reading only, and refuses a cutover that could not be carried to its end. */
export const cutoverPreflight = defineGate<CutoverInputs, PreflightFacts>({
  name: 'cutover-preflight',
  rules: 1,
  needs: [],
  inputs: cutoverInputs,
  evidence: { file: 'cutover-preflight.json', body: preflightEvidence },
  deadlineSeconds: () => 60,
  subject: ({ plan }) => plan,
  live: true,
  // It is the first of the stack and goes as the last one: also what a gate that never passed has left goes with it.
  remove: { keep: (inputs) => ({ plan: (inputs as CutoverInputs).plan }), run: removeReplication },
  inspect,
  judge,
  report: ({ plan }, facts) => reportOf(plan.strategy, facts),
  data: (_inputs, { source, target }) => ({
    sourceId: source.id,
    targetId: target.id,
    versions: { source: source.versionText, target: target.versionText },
  }),
  summary: ({ plan }, { source, target }) => {
    const tables = source.relations.filter(({ kind, partition }) => ['r', 'p'].includes(kind) && !partition).length;
    const size = `${(source.bytes / 1024 ** 2).toFixed(0)} MB`;
    return `${plan.strategy}, ${tables} tables, ${size}, from PostgreSQL ${source.versionText} to ${target.versionText}`;
  },
});

async function inspect(world: World, inputs: CutoverInputs): Promise<PreflightFacts> {
  const { plan, release } = inputs;
  const serving = await world.database();
  const servingId = await servingDatabase(world, inputs);
  const missing = missingFrom(release, await appliedNames(serving, release));
  const ledgerRole = await sessionRole(serving);
  const reading = readSide(plan, 'source', (client, side) => readSource(client, side, plan));
  const [source, target] = await Promise.all([
    reading,
    readSide(plan, 'target', async (client, side) =>
      readTarget(client, side, await reading, plan.freeze.roles, ledgerRole),
    ),
  ]);
  const frozenHere = (await hasCutoverEvents(serving))
    ? (await readFreezeJournal(serving, plan, 'source')).begun !== undefined
    : false;
  return { plan, pending: world.pending, servingId, missing, frozenHere, source, target };
}

/**
 * Identity of the database that the application has, whatever the plan calls its source. Of a platform without a pointer, and
 * while a flip of this cutover is under way, that of the ledger: the flip itself looks at the pointer then.
 */
async function servingDatabase(world: World, { plan, database }: CutoverInputs): Promise<string> {
  const ledger = await world.database();
  const platform = await world.platform();
  const { pointer } = platform;
  const run = (await hasCutoverEvents(ledger)) ? await readFlipRun(ledger, plan) : undefined;
  if (pointer === undefined || run !== undefined) return databaseId(ledger);
  const at = { ...(await pointer.read()), ...(database.users && { users: database.users }) };
  const client = await connect(platform, at, 'gates', `sallyport cutover ${plan.id}`);
  try {
    return await databaseId(client);
  } finally {
    await client.end();
  }
}

/** Where this cutover's candidate serves, it is over: there is nothing left to refuse, and nothing may begin again. */
function judge(facts: PreflightFacts): readonly Finding[] {
  const { candidate } = facts.target;
  if (candidate?.state === 'serving' && candidate.cutover === facts.plan.id) {
    return facts.pending ? targetFree(facts.target, facts.plan) : [];
  }
  return Object.values(preflightRules).flatMap((rule) => rule(facts));
}
