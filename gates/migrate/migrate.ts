import { z } from 'zod';
import type { Execution } from '../../infra/container-apps/container-apps.ts';
import { defineGate } from '../kernel/gate.ts';
import { messageOf } from '../kernel/gate-error.ts';
import { recordHashes } from '../kernel/ledger/migration-hash.ts';
import type { World } from '../kernel/world.ts';
import { pendingOf } from '../preflight/pending.ts';
import { smokeBefore } from './before.ts';
import { type MigrateDone, type MigrateFacts, type MigrateInputs, migrateInputs, terminal } from './facts.ts';
import { follow } from './follow.ts';
import { appliedMigrations } from './history.ts';
import { historyDigest } from './history-digest.ts';
import { invalidIndexes } from './invalid-indexes.ts';
import { conclude, judge } from './judge.ts';
import { setRoleTimeouts } from './role-timeouts.ts';
import { marked, startOnce } from './start-once.ts';

const logTail = 200;

/** Runs the migration job: once, bounded, on a session with timeouts, and believes the database's history only (B1–B9). */
export const migrate = defineGate<MigrateInputs, MigrateFacts, MigrateDone>({
  name: 'migrate',
  rules: 1,
  needs: ['preflight', 'lint', 'guard'],
  inputs: migrateInputs,
  evidence: {
    file: 'migration.json',
    body: z.object({
      executionStatus: z.string().describe('as the platform said it last; NotStarted when nothing was pending'),
      executionSummary: z.string(),
      executionName: z.string().nullable(),
      exitCode: z.number().int().nullable(),
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
  deadlineSeconds: ({ timeouts }) => timeouts.job + 120,
  subject: ({ job, timeouts }) => ({ job, timeouts }),
  inspect,
  judge,
  act,
  conclude,
  report: ({ timeouts }, facts, done) => ({
    executionStatus: done?.execution?.status ?? (facts?.pending.length === 0 ? 'NotStarted' : 'Unknown'),
    executionSummary: summaryOf(facts, done),
    executionName: done?.execution?.name ?? null,
    exitCode: done?.execution?.exitCode ?? null,
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
  data: (_inputs, facts, done) => ({ historyDigest: historyDigest(done?.applied ?? facts.applied) }),
  summary: (_inputs, facts, done) => summaryOf(facts, done),
});

async function inspect(world: World, { release, job }: MigrateInputs): Promise<MigrateFacts> {
  const client = await world.database();
  const { apps } = await world.platform();
  const applied = await appliedMigrations(client, release.migrations.tool);
  const executions = await apps.listExecutions(job);
  return {
    applied,
    pending: pendingOf(release, applied).map((file) => file.name),
    job: await apps.getJob(job),
    running: executions.filter((execution) => !terminal.has(execution.status)),
    mark: `${release.sha.slice(0, 12)}-${world.attempt?.id ?? 0}`,
    invalidIndexes: await invalidIndexes(client),
  };
}

async function act(world: World, inputs: MigrateInputs, facts: MigrateFacts): Promise<MigrateDone> {
  const client = await world.database();
  const { job, release, timeouts } = inputs;
  const nothing = { adopted: false, timedOut: false, timeline: [], logs: [], logsSource: 'none' };
  // An execution of this attempt may have applied everything while the engine that started it was gone: report on it too.
  const { apps } = await world.platform();
  const ours = await marked(apps, job, facts.mark);
  const earlier = ours.find((execution) => !isOver(execution, facts));
  if (earlier === undefined) await smokeBefore(world, facts.applied);
  if (facts.pending.length === 0 && earlier === undefined) {
    await recordApplied(world, inputs, facts.applied);
    return { ...nothing, applied: facts.applied, invalidIndexes: facts.invalidIndexes };
  }
  await setRoleTimeouts(client, timeouts);
  if (facts.job === undefined) throw new TypeError('judge lets no release through without its job');
  const name = earlier?.name ?? (await startOnce(apps, job, facts.job, facts.mark, ours));
  world.say(
    earlier === undefined ? `${name} started: ${facts.pending.join(', ')}` : `${name} was started before; following it`,
  );
  const followed = await follow(world, job, name, timeouts.job);
  const logs = await apps.executionLogs(job, name, logTail).catch((error: unknown) => {
    return { lines: [], source: 'none' as const, note: messageOf(error) };
  });
  const after = await world.database();
  const applied = await appliedMigrations(after, release.migrations.tool);
  await recordApplied(world, inputs, applied);
  const { execution } = followed;
  return {
    execution: {
      name,
      status: execution?.status ?? 'Unknown',
      ...(execution?.exitCode !== undefined && { exitCode: execution.exitCode }),
      ...(execution?.reason !== undefined && { detail: execution.reason }),
    },
    adopted: earlier !== undefined,
    timedOut: followed.timedOut,
    timeline: followed.timeline,
    applied,
    invalidIndexes: await invalidIndexes(after),
    logs: logs.lines,
    logsSource: logs.source,
    ...(logs.note !== undefined && { logsNote: logs.note }),
  };
}

/** It ended while nobody followed it, and left something to apply: what hit the run before hit it too, so it is run again. */
function isOver({ status }: Execution, { pending }: MigrateFacts): boolean {
  return pending.length > 0 && terminal.has(status) && status !== 'Succeeded';
}

async function recordApplied(world: World, { release }: MigrateInputs, applied: readonly string[]): Promise<void> {
  const done = new Set(applied);
  await recordHashes(
    await world.database(),
    release.migrations.files.filter((file) => done.has(file.name)),
  );
}

function summaryOf(facts: MigrateFacts | undefined, done: MigrateDone | undefined): string {
  if (facts === undefined) return 'ended before the history was read';
  if (facts.pending.length === 0) return `nothing pending, ${facts.applied.length} applied`;
  if (done === undefined) return `${facts.pending.length} pending, not started`;
  const applied = new Set(done.applied);
  const count = facts.pending.filter((name) => applied.has(name)).length;
  return `${count} of ${facts.pending.length} applied by ${done.execution?.name ?? 'no execution'} (${done.execution?.status ?? 'NotStarted'})`;
}
