import { z } from 'zod';
import { appliedNames } from '../baseline/tool-history.ts';
import { defineGate } from '../kernel/gate.ts';
import { GateError, gateError, messageOf } from '../kernel/gate-error.ts';
import { blocker, type Finding, warning } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { pendingOf } from '../preflight/pending.ts';
import { contentsOf, differencesOf } from './compare.ts';
import {
  type RecordedPoint,
  type RestorePoint,
  type RestorePointDone,
  type RestorePointFacts,
  type RestorePointInputs,
  restorePointInputs,
} from './facts.ts';
import { isRecorded, judgeServer } from './judge-server.ts';
import { openServer, readCloud } from './open-server.ts';
import { type PointStore, pointStore, type RestoringStore } from './point-store.ts';
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
          bytes: z.number().int().nullable().describe('null where the platform does not say'),
          sha256: z.string().nullable(),
        })
        .nullable()
        .describe('null when nothing is pending, the database is empty, or by decision'),
      proof: z
        .enum(['restored', 'recorded'])
        .nullable()
        // Optional, both: evidence that is on record already holds by this schema too.
        .optional()
        .describe('restored: by restoring and comparing it; recorded: by what the platform says of it'),
      recorded: z
        .object({
          earliestRestorable: z.iso.datetime().nullable(),
          retentionDays: z.number().int().nullable(),
          notProven: z.array(z.string()),
          recovery: z.string().describe('restores it, as a new server'),
        })
        .nullable()
        .optional(),
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
    ...('server' in how && { server: how.server, endpoint: how.endpoint ?? null }),
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
    proof: done?.point === undefined ? null : done.point.recorded === undefined ? 'restored' : 'recorded',
    recorded: done?.point?.recorded === undefined ? null : recordedBody(done.point.recorded),
    restored: done?.point === undefined || done.point.recorded !== undefined ? null : restoredBody(done),
    decision: restorePoint.strategy === 'none' ? { reason: restorePoint.reason, owner: restorePoint.owner } : null,
    removed: done?.removed ?? [],
  }),
  data: ({ restorePoint }, _facts, done) => ({ strategy: restorePoint.strategy, point: done?.point?.name ?? null }),
  summary: ({ restorePoint }, facts, done) => {
    if (facts.pending.length === 0) return 'nothing pending, none needed';
    if (facts.empty) return 'the database is empty, none needed';
    if (done?.point === undefined) return `strategy ${restorePoint.strategy}, none taken`;
    const { name, takenAt, recorded } = done.point;
    if (recorded !== undefined) return `${name} (${restorePoint.strategy}, ${takenAt}), recorded and not restored`;
    return `${name} (${restorePoint.strategy}, ${sizeOf(done.point)}), restored and equal: ${done.objects} objects, ${done.rows} rows in ${done.tables} tables`;
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
  const facts = { pending, empty: await isEmpty(client), unsupported };
  const { restorePoint } = inputs;
  if (!isRecorded(restorePoint) || pending.length === 0 || facts.empty) return facts;
  return { ...facts, cloud: await readCloud(world, await openServer(world, restorePoint)) };
}

function judge(
  { pending, empty, unsupported, cloud }: RestorePointFacts,
  inputs: RestorePointInputs,
): readonly Finding[] {
  const { restorePoint } = inputs;
  if (pending.length === 0 || empty) return [];
  if (restorePoint.strategy === 'none') {
    const found = `none, decided by ${restorePoint.owner}: ${restorePoint.reason}`;
    return [warning('RESTORE_POINT_NONE', 'sallyport:restorePoint', found, 'a restore point before a migration')];
  }
  if (isRecorded(restorePoint)) return judgeServer(cloud, restorePoint, inputs);
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
  if (store.proof === 'recorded') {
    const point = await taken(store, name);
    const { restorePoint } = inputs;
    return { ...none, point, removed: 'keep' in restorePoint ? await prune(store, restorePoint.keep) : [] };
  }
  const before = await contentsOf(await world.database());
  const point = await taken(store, name);
  world.say(`${name} taken, ${sizeOf(point)} in ${point.where}; restoring it beside production`);
  const after = await contentsOf(await world.database());
  const copy = await restoredContents(store, name);
  const differences = differencesOf(copy, before, after);
  const removed =
    differences.length > 0 || !('keep' in inputs.restorePoint) ? [] : await prune(store, inputs.restorePoint.keep);
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

function taken(store: PointStore, name: string): Promise<RestorePoint> {
  return store.take(name).catch((error: unknown) => {
    throw named(error, 'RESTORE_POINT_NOT_TAKEN', name, 'a restore point');
  });
}

async function restoredContents(store: RestoringStore, name: string) {
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
  if (point?.recorded !== undefined) {
    const { notProven, recovery } = point.recorded;
    const found = `not proven: ${notProven.join('; ')}`;
    return [warning('RESTORE_POINT_RECORDED', point.name, found, 'a drilled restore', `To restore it: ${recovery}`)];
  }
  return differences.map((difference) =>
    blocker('RESTORE_POINT_UNUSABLE', point?.name ?? 'restore point', difference, 'the same as in production'),
  );
}

/** Removes the oldest points over the number to keep; the newest always stays. */
async function prune(store: PointStore, keep: number): Promise<readonly string[]> {
  const old = (await store.list()).slice(Math.max(keep, 1)).map(({ name }) => name);
  for (const name of old) await store.remove?.(name);
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
  return { name, takenAt, where, bytes: bytes ?? null, sha256: digest ?? null };
}

function recordedBody({ earliestRestorable, retentionDays, notProven, recovery }: RecordedPoint) {
  return {
    earliestRestorable: earliestRestorable ?? null,
    retentionDays: retentionDays ?? null,
    notProven: [...notProven],
    recovery,
  };
}

function sizeOf({ bytes }: RestorePoint): string {
  return bytes === undefined ? 'size unknown' : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function restoredBody({ objects, tables, rows, differences, notCounted }: RestorePointDone) {
  return { objects, tables, rows, differences: [...differences], notCounted: [...notCounted] };
}
