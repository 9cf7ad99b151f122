import { z } from 'zod';
import { readCatalog } from '../catalog/catalog.ts';
import { defineGate } from '../kernel/gate.ts';
import { recordCatalog } from '../kernel/ledger/catalog.ts';
import { recordHashes } from '../kernel/ledger/migration-hash.ts';
import { roleName } from '../kernel/role-name.ts';
import type { World } from '../kernel/world.ts';
import { pendingOf } from '../preflight/pending.ts';
import { applicationScope } from './application-scope.ts';
import { smokeBefore } from './before.ts';
import { isOver, runExecutions } from './executions.ts';
import { type MigrateDone, type MigrateFacts, type MigrateInputs, migrateInputs, terminal } from './facts.ts';
import { readHistory } from './history.ts';
import { historyDigest } from './history-digest.ts';
import { invalidIndexes } from './invalid-indexes.ts';
import { conclude, judge } from './judge.ts';
import { setRoleTimeouts } from './role-timeouts.ts';
import { ofAttempt } from './start-once.ts';

/** Runs the migration job: once, bounded, on a session with timeouts, and believes the database's history only (B1–B9). */
export const migrate = defineGate<MigrateInputs, MigrateFacts, MigrateDone>({
  name: 'migrate',
  rules: 1,
  needs: ['preflight', 'lint', 'guard', 'rehearse', 'restore-point'],
  inputs: migrateInputs,
  evidence: {
    file: 'migration.json',
    body: z.object({
      executionStatus: z.string().describe('as the platform said it last; NotStarted when nothing was pending'),
      executionSummary: z.string(),
      executionName: z.string().nullable(),
      exitCode: z.number().int().nullable(),
      executions: z
        .array(
          z.object({
            name: z.string(),
            batch: z.number().int().describe('the place of its first migration in the release'),
            try: z.number().int(),
            status: z.string(),
          }),
        )
        .describe(
          'consecutive migrations of one class run in one execution; a try is repeated when a lock was in the way',
        ),
      statusTimeline: z.array(
        z.object({
          at: z.iso.datetime(),
          elapsedMs: z.number().int(),
          status: z.string(),
          note: z.string().optional(),
        }),
      ),
      timeoutSeconds: z.number().int(),
      pending: z.array(z.string()),
      historyBefore: z.array(z.string()).nullable(),
      historyAfter: z.array(z.string()).nullable(),
      invalidIndexes: z.array(z.string()),
      logs: z.array(z.string()),
      logsSource: z.string(),
      logsNote: z.string().nullable(),
    }),
  },
  // The bound of everything that may be started; each execution has its own.
  deadlineSeconds: ({ timeouts, retries, release }) =>
    120 + timeouts.job * retries.attempts * Math.min(release.migrations.files.length, 10),
  subject: ({ job, timeouts, stepCommand, retries, oldTransactions }) => ({
    ...{ job, timeouts, stepCommand, retries, oldTransactions },
  }),
  inspect,
  judge,
  act,
  conclude,
  report: ({ timeouts }, facts, done) => ({
    executionStatus: done?.execution?.status ?? (facts?.pending.length === 0 ? 'NotStarted' : 'Unknown'),
    executionSummary: summaryOf(facts, done),
    executionName: done?.execution?.name ?? null,
    exitCode: done?.execution?.exitCode ?? null,
    executions: (done?.executions ?? []).map(({ name, batch, nth, status }) => ({ name, batch, try: nth, status })),
    statusTimeline: done?.timeline ?? [],
    timeoutSeconds: timeouts.job,
    pending: facts?.pending ?? [],
    historyBefore: facts?.applied ?? null,
    historyAfter: done?.applied ?? null,
    invalidIndexes: done?.invalidIndexes ?? facts?.invalidIndexes ?? [],
    logs: done?.logs ?? [],
    logsSource: done?.logsSource ?? 'none',
    logsNote: done?.logsNote ?? null,
  }),
  data: (_inputs, facts, done) => ({ historyDigest: historyDigest(done?.recorded ?? facts.recorded) }),
  summary: (_inputs, facts, done) => summaryOf(facts, done),
});

async function inspect(world: World, { release, job }: MigrateInputs): Promise<MigrateFacts> {
  const client = await world.database();
  const { apps } = await world.platform();
  const { applied, recorded } = await readHistory(client, release.migrations);
  const executions = await apps.listExecutions(job);
  return {
    applied,
    recorded,
    pending: pendingOf(release, applied).map((file) => file.name),
    job: await apps.getJob(job),
    running: executions.filter((execution) => !terminal.has(execution.status)),
    mark: `${release.sha.slice(0, 12)}-${world.attempt?.id ?? 0}`,
    invalidIndexes: await invalidIndexes(client),
  };
}

async function act(world: World, inputs: MigrateInputs, facts: MigrateFacts): Promise<MigrateDone> {
  const { job } = inputs;
  const nothing = { adopted: false, timedOut: false, timeline: [], logs: [], logsSource: 'none' };
  // An execution of this attempt may have applied everything while the engine that started it was gone: report on it too.
  const { apps } = await world.platform();
  const mine = await ofAttempt(apps, job, facts.mark);
  const goesOn = mine.some((execution) => !isOver(execution, facts));
  if (!goesOn) await smokeBefore(world, facts.recorded);
  if (facts.pending.length === 0 && !goesOn) {
    await recordApplied(world, inputs, facts, false);
    return { ...nothing, applied: facts.applied, recorded: facts.recorded, invalidIndexes: facts.invalidIndexes };
  }
  const { runs, followed, logs, ...came } = await runExecutions(world, inputs, facts, mine);
  const after = await world.database();
  // The role is left with the short timeouts, whatever the last batch had.
  await setRoleTimeouts(after, roleName(inputs.database, 'migrator'), inputs.timeouts);
  await recordApplied(world, inputs, came, true);
  const last = runs.at(-1);
  return {
    ...(last && { execution: last }),
    executions: runs,
    ...came,
    timedOut: last?.timedOut ?? false,
    timeline: followed.flatMap(({ timeline }) => timeline),
    invalidIndexes: await invalidIndexes(after),
    logs: logs.lines,
    logsSource: logs.source,
    ...(logs.note !== undefined && { logsNote: logs.note }),
  };
}

async function recordApplied(
  world: World,
  { release }: MigrateInputs,
  { applied, recorded }: { readonly applied: readonly string[]; readonly recorded: readonly string[] },
  executed: boolean,
): Promise<void> {
  const done = new Set(applied);
  const client = await world.database();
  await recordHashes(
    client,
    release.migrations.files.filter((file) => done.has(file.name)),
  );
  // What the schema is now, so that a change outside of migrations is seen later.
  const catalog = await readCatalog(client, applicationScope(release.migrations));
  await recordCatalog(client, historyDigest(recorded), catalog, world.attempt?.id ?? 0, executed);
}

function summaryOf(facts: MigrateFacts | undefined, done: MigrateDone | undefined): string {
  if (facts === undefined) return 'ended before the history was read';
  if (facts.pending.length === 0) return `nothing pending, ${facts.applied.length} applied`;
  if (done === undefined) return `${facts.pending.length} pending, not started`;
  const applied = new Set(done.applied);
  const count = facts.pending.filter((name) => applied.has(name)).length;
  return `${count} of ${facts.pending.length} applied by ${done.execution?.name ?? 'no execution'} (${done.execution?.status ?? 'NotStarted'})`;
}
