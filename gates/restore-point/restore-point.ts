import { z } from 'zod';
import { appliedNames } from '../baseline/tool-history.ts';
import { defineGate } from '../kernel/gate.ts';
import { GateError, gateError, messageOf } from '../kernel/gate-error.ts';
import { blocker, type Finding, warning } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { pendingOf } from '../preflight/pending.ts';
import { contentsOf, differencesOf } from './compare.ts';
import { type RestorePointDone, type RestorePointFacts, type RestorePointInputs, restorePointInputs } from './facts.ts';
import { type PointStore, pointStore } from './point-store.ts';
import { isEmpty, notCounted } from './row-counts.ts';

/** Takes a restore point before a migration and proves it by restoring it beside production (C7). */
export const restorePoint = defineGate<RestorePointInputs, RestorePointFacts, RestorePointDone>({
  name: 'restore-point',
  rules: 1,
  needs: ['preflight', 'guard'],
  inputs: restorePointInputs,
  evidence: {
    file: 'restore-point.json',
    body: z.object({
      strategy: z.string(),
      pending: z.array(z.string()),
      empty: z.boolean().describe('the application has no table yet: there is nothing to bring back'),
      point: z
        .object({
          name: z.string(),
          takenAt: z.iso.datetime(),
          where: z.string(),
          bytes: z.number().int(),
          sha256: z.string().nullable(),
        })
        .nullable()
        .describe('null when nothing is pending, the database is empty, or by decision'),
      restored: z
        .object({
          objects: z.number().int(),
          tables: z.number().int(),
          rows: z.number().int(),
          differences: z.array(z.string()),
          notCounted: z.array(z.string()).describe('tables too large to count'),
        })
        .nullable()
        .describe('what the restored copy was compared by'),
      decision: z.object({ reason: z.string(), owner: z.string() }).nullable(),
      removed: z.array(z.string()).describe('older points that made room'),
    }),
  },
  deadlineSeconds: ({ restorePoint }) => ('seconds' in restorePoint ? restorePoint.seconds : 30),
  subject: ({ restorePoint: { strategy, ...how } }) => ({
    strategy,
    ...(strategy === 'none' && { reason: how }),
  }),
  drift,
  inspect,
  judge,
  act,
  conclude,
  report: ({ restorePoint }, facts, done) => ({
    strategy: restorePoint.strategy,
    pending: facts?.pending ?? [],
    empty: facts?.empty ?? false,
    point: done?.point === undefined ? null : pointBody(done.point),
    restored: done?.point === undefined ? null : restoredBody(done),
    decision: restorePoint.strategy === 'none' ? { reason: restorePoint.reason, owner: restorePoint.owner } : null,
    removed: done?.removed ?? [],
  }),
  data: ({ restorePoint }, _facts, done) => ({ strategy: restorePoint.strategy, point: done?.point?.name ?? null }),
  summary: ({ restorePoint }, facts, done) => {
    if (facts.pending.length === 0) return 'nothing pending, none needed';
    if (facts.empty) return 'the database is empty, none needed';
    if (done?.point === undefined) return `strategy ${restorePoint.strategy}, none taken`;
    const size = `${(done.point.bytes / 1_000_000).toFixed(1)} MB`;
    return `${done.point.name} (${restorePoint.strategy}, ${size}), restored and equal: ${done.objects} objects, ${done.rows} rows in ${done.tables} tables`;
  },
});

/** While a migration is still to run, the point must be there and recent. */
async function drift(world: World, inputs: RestorePointInputs): Promise<string | undefined> {
  const { restorePoint, release } = inputs;
  if (restorePoint.strategy === 'none') return undefined;
  const pending = pendingOf(release, await appliedNames(await world.database(), release));
  if (pending.length === 0 || (await isEmpty(await world.database()))) return undefined;
  const points = (await (await pointStore(world, inputs))?.list()) ?? [];
  const mine = points.find(({ name }) => name.startsWith(`${release.sha.slice(0, 12)}-`));
  if (mine === undefined) return 'its restore point is gone';
  const minutes = Math.floor((world.now().getTime() - Date.parse(mine.takenAt)) / 60_000);
  return minutes < restorePoint.maxAgeMinutes ? undefined : `its restore point is ${minutes} min old`;
}

async function inspect(world: World, inputs: RestorePointInputs): Promise<RestorePointFacts> {
  const client = await world.database();
  const applied = await appliedNames(client, inputs.release);
  const pending = pendingOf(inputs.release, applied).map((file) => file.name);
  const { workbench } = await world.platform();
  const needsFiles = inputs.restorePoint.strategy === 'base-backup' || inputs.restorePoint.strategy === 'pg_dump';
  const unsupported = needsFiles && workbench === undefined ? 'no throw-away server to restore it on' : undefined;
  return { pending, empty: await isEmpty(client), unsupported };
}

function judge(
  { pending, empty, unsupported }: RestorePointFacts,
  { restorePoint }: RestorePointInputs,
): readonly Finding[] {
  if (pending.length === 0 || empty) return [];
  if (restorePoint.strategy === 'none') {
    const found = `none, decided by ${restorePoint.owner}: ${restorePoint.reason}`;
    return [warning('RESTORE_POINT_NONE', 'sallyport:restorePoint', found, 'a restore point before a migration')];
  }
  if (unsupported === undefined) return [];
  return [blocker('RESTORE_POINT_UNSUPPORTED', restorePoint.strategy, unsupported, 'a platform that can restore it')];
}

async function act(world: World, inputs: RestorePointInputs, facts: RestorePointFacts): Promise<RestorePointDone> {
  const none = { differences: [], objects: 0, tables: 0, rows: 0, notCounted: [], removed: [] };
  if (facts.pending.length === 0 || facts.empty) return none;
  const store = await pointStore(world, inputs);
  if (store === undefined || inputs.restorePoint.strategy === 'none') return none;
  if (world.attempt === undefined) throw new TypeError('restore-point acts only within an attempt');
  const name = `${inputs.release.sha.slice(0, 12)}-${world.attempt.id}`;
  const before = await contentsOf(await world.database());
  const point = await store.take(name).catch((error: unknown) => {
    throw named(error, 'RESTORE_POINT_NOT_TAKEN', name, 'a restore point');
  });
  world.say(
    `${name} taken, ${(point.bytes / 1_000_000).toFixed(1)} MB in ${point.where}; restoring it beside production`,
  );
  const after = await contentsOf(await world.database());
  const copy = await restoredContents(store, name);
  const differences = differencesOf(copy, before, after);
  const removed = differences.length > 0 ? [] : await prune(store, inputs.restorePoint.keep);
  const rows = [...copy.rows.values()].reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return {
    point,
    differences,
    objects: copy.catalog.size,
    tables: copy.rows.size,
    rows,
    notCounted: notCounted(copy.rows),
    removed,
  };
}

async function restoredContents(store: PointStore, name: string) {
  try {
    const restored = await store.open(name);
    try {
      return await contentsOf(restored.client);
    } finally {
      await restored.close();
    }
  } catch (error) {
    throw named(error, 'RESTORE_POINT_UNUSABLE', name, 'a point that can be restored');
  }
}

function conclude({ point, differences }: RestorePointDone): readonly Finding[] {
  return differences.map((difference) =>
    blocker('RESTORE_POINT_UNUSABLE', point?.name ?? 'restore point', difference, 'the same as in production'),
  );
}

/** Removes the oldest points over the number to keep; the newest always stays. */
async function prune(store: PointStore, keep: number): Promise<readonly string[]> {
  const old = (await store.list()).slice(Math.max(keep, 1)).map(({ name }) => name);
  for (const name of old) await store.remove(name);
  return old;
}

function named(
  error: unknown,
  code: 'RESTORE_POINT_NOT_TAKEN' | 'RESTORE_POINT_UNUSABLE',
  about: string,
  needed: string,
): GateError {
  return error instanceof GateError ? error : gateError(code, about, messageOf(error), needed, error);
}

function pointBody({ name, takenAt, where, bytes, digest }: NonNullable<RestorePointDone['point']>) {
  return { name, takenAt, where, bytes, sha256: digest ?? null };
}

function restoredBody({ objects, tables, rows, differences, notCounted }: RestorePointDone) {
  return { objects, tables, rows, differences: [...differences], notCounted: [...notCounted] };
}
