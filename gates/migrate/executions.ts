import { setTimeout as delay } from 'node:timers/promises';
import type { Execution, ExecutionLogs } from '../../infra/container-apps/container-apps.ts';
import { receiptOf } from '../kernel/gate.ts';
import { roleName } from '../kernel/role-name.ts';
import type { World } from '../kernel/world.ts';
import { pendingOf } from '../preflight/pending.ts';
import { type Batch, batchesOf, classPlanSchema, markOf, readMark } from './batches.ts';
import { dropLeftovers } from './drop-leftovers.ts';
import { withLogs } from './execution-logs.ts';
import { type ExecutionRun, type MigrateFacts, type MigrateInputs, markVariable, terminal } from './facts.ts';
import { type Followed, follow } from './follow.ts';
import { readHistory } from './history.ts';
import { oldTransactions } from './old-transactions.ts';
import { isPassing, pauseBefore } from './retry.ts';
import { setRoleTimeouts } from './role-timeouts.ts';
import { startOnce } from './start-once.ts';

/** What the executions of an attempt came to. */
export interface Executions {
  readonly runs: readonly ExecutionRun[];
  readonly followed: readonly Followed[];
  readonly logs: ExecutionLogs;
  readonly adopted: boolean;
  readonly applied: readonly string[];
  readonly recorded: readonly string[];
  /** Transactions that a concurrent build would have waited for; nothing was started then. */
  readonly old: readonly string[];
  readonly mixed: boolean;
}

/**
 * Applies what is pending: one execution a batch, each under the timeouts of its class, one after the other. An
 * execution that somebody was in the way of, and that left the history clean, is tried again with what is left; every
 * try has a mark of its own. `mine` are the executions that this attempt started before, also in an engine that was killed since: what
 * they did is in the history, and the last of them is followed to its end before anything is started.
 */
export async function runExecutions(
  world: World,
  inputs: MigrateInputs,
  facts: MigrateFacts,
  mine: readonly Execution[],
): Promise<Executions> {
  const { release, job, timeouts, retries, stepCommand } = inputs;
  const platform = await world.platform();
  const { apps } = platform;
  const plan = classPlanSchema.parse(receiptOf(inputs, 'rehearse').data.plan);
  const tries = new Map<number, number>();
  for (const execution of mine) {
    const mark = readMark(facts.mark, execution.env[markVariable]);
    if (mark !== undefined) tries.set(mark.batch, Math.max(tries.get(mark.batch) ?? 0, mark.nth));
  }
  const history = async () => readHistory(await world.database(), release.migrations);
  const runs: ExecutionRun[] = [];
  const followed: Followed[] = [];
  let logs: ExecutionLogs = { lines: [], source: 'none' };
  let mixed = false;
  let { applied, recorded, rows } = await history();
  const last = mine.at(-1);
  let current = last === undefined || isOver(last, facts) ? undefined : last;
  const adopted = current !== undefined;
  const end = (old: readonly string[] = []) => ({
    runs,
    followed,
    logs,
    adopted,
    applied,
    recorded,
    old,
    mixed,
  });

  for (;;) {
    let name = current?.name;
    let mark = readMark(facts.mark, current?.env[markVariable]);
    if (name === undefined) {
      const pending = pendingOf(release, applied).map((file) => file.name);
      const batches = batchesOf(release.migrations.files, pending, plan, stepCommand !== undefined);
      const [batch] = batches;
      if (batch === undefined) return end();
      mixed ||= batch.mixed;
      const old = await prepare(world, inputs, batch);
      if (old.length > 0) return end(old);
      mark = { batch: batch.id, nth: (tries.get(batch.id) ?? 0) + 1 };
      tries.set(batch.id, mark.nth);
      if (facts.job === undefined) throw new TypeError('judge lets no release through without its job');
      const container = { ...facts.job.container, ...(stepCommand && commandFor(stepCommand, batch)) };
      name = await startOnce(apps, job, { ...facts.job, container }, markOf(facts.mark, mark.batch, mark.nth));
      world.say(`${name} started (${batch.class}, try ${mark.nth}): ${batch.names.join(', ')}`);
    } else world.say(`${name} was started before; following it`);
    current = undefined;
    const run = { job, name, migrator: roleName(inputs.database, 'migrator') };
    const ended = await withLogs(platform, job, name, () => follow(world, run, timeouts.job));
    const seen = ended.result;
    logs = ended.logs;
    followed.push(seen);
    ({ applied, recorded, rows } = await history());
    runs.push(runOf(name, mark, seen));
    const status = seen.execution?.status;
    const first = mark && release.migrations.files[mark.batch - 1]?.name;
    const untouched = first !== undefined && !applied.includes(first);
    if (status === 'Succeeded' && !untouched) continue;
    // A history that says dirty or failed is for a person: the tool would refuse to go on, or worse, would not.
    const clean = rows.every(({ state }) => state === 'applied');
    const again = status === 'Failed' && clean && !seen.timedOut && isPassing(logs.lines);
    if (!again || mark === undefined) return end();
    if (!untouched) {
      world.say('somebody was in the way after part of it was applied; going on with the rest');
      continue; // as a batch of its own, with its own tries
    }
    if (mark.nth >= retries.attempts) return end();
    const pause = pauseBefore(mark.nth + 1, retries.baseSeconds);
    world.say(
      `somebody was in the way and nothing was applied; try ${mark.nth + 1} of ${retries.attempts} in ${(pause / 1000).toFixed(1)} s`,
    );
    await delay(pause, undefined, { signal: world.signal }).catch((error: unknown) => {
      world.signal.throwIfAborted();
      throw error;
    });
  }
}

/** It ended while nobody followed it, and left something to apply: what hit the run before hit it too, so it is run again. */
export function isOver({ status }: Execution, { pending }: MigrateFacts): boolean {
  return pending.length > 0 && terminal.has(status) && status !== 'Succeeded';
}

/** Makes way for a batch and bounds it; the old transactions that a waiting batch must not be started beside. */
async function prepare(world: World, inputs: MigrateInputs, batch: Batch): Promise<readonly string[]> {
  const { timeouts, database } = inputs;
  if (batch.class === 'waiting' || batch.buildsIndexes.length > 0) {
    const old = await oldTransactions(world, inputs.oldTransactions);
    if (old.length > 0) return old;
    await dropLeftovers(world, database, batch.buildsIndexes);
  }
  const migrator = roleName(database, 'migrator');
  await setRoleTimeouts(await world.database(), migrator, batch.class === 'waiting' ? timeouts.waiting : timeouts);
  return [];
}

/** Exactly the migrations of the batch, whatever else the image has. */
function commandFor(stepCommand: readonly string[], batch: Batch) {
  return { command: stepCommand.map((part) => part.replaceAll('{count}', String(batch.names.length))) };
}

function runOf(
  name: string,
  mark: { batch: number; nth: number } | undefined,
  { execution, timedOut }: Followed,
): ExecutionRun {
  return {
    name,
    batch: mark?.batch ?? 0,
    nth: mark?.nth ?? 0,
    status: execution?.status ?? 'Unknown',
    timedOut,
    ...(execution?.exitCode !== undefined && { exitCode: execution.exitCode }),
    ...(execution?.reason !== undefined && { detail: execution.reason }),
  };
}
