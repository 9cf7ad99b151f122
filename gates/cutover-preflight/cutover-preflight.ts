import { missingFrom } from '../baseline/inputs.ts';
import { appliedNames } from '../baseline/tool-history.ts';
import { databaseId } from '../cutover/database-id.ts';
import { sessionRole } from '../cutover/freeze/permitted.ts';
import { type CutoverInputs, cutoverInputs } from '../cutover/plan.ts';
import { defineGate } from '../kernel/gate.ts';
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

async function inspect(world: World, { plan, release }: CutoverInputs): Promise<PreflightFacts> {
  const serving = await world.database();
  const servingId = await databaseId(serving);
  const missing = missingFrom(release, await appliedNames(serving, release));
  const ledgerRole = await sessionRole(serving);
  const reading = readSide(plan, 'source', (client, side) => readSource(client, side, plan));
  const [source, target] = await Promise.all([
    reading,
    readSide(plan, 'target', async (client, side) =>
      readTarget(client, side, await reading, plan.freeze.roles, ledgerRole),
    ),
  ]);
  return { plan, pending: world.pending, servingId, missing, source, target };
}

/** Where this cutover's candidate serves, it is over: there is nothing left to refuse, and nothing may begin again. */
function judge(facts: PreflightFacts): readonly Finding[] {
  const { candidate } = facts.target;
  if (candidate?.state === 'serving' && candidate.cutover === facts.plan.id) {
    return facts.pending ? targetFree(facts.target, facts.plan) : [];
  }
  return Object.values(preflightRules).flatMap((rule) => rule(facts));
}
