import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { parse } from 'yaml';
import { markBuilding, markCandidate } from '../../../../gates/cutover/candidate.ts';
import { databaseId } from '../../../../gates/cutover/database-id.ts';
import { namesOf, type Plan, planSchema } from '../../../../gates/cutover/plan.ts';
import { openSession } from '../../../../gates/cutover/sides.ts';
import type { FlipParts } from '../../../../gates/cutover/steps/flip-context.ts';
import type { CutoverFlipInputs } from '../../../../gates/cutover-flip/facts.ts';
import { poll } from '../../../../gates/kernel/deadline.ts';
import { acceptedReleases } from '../../../../gates/kernel/ledger/accepted.ts';
import { projectRoot } from '../../../../gates/kernel/project-root.ts';
import { blocker } from '../../../../gates/kernel/verdict.ts';
import { openWorld, type World } from '../../../../gates/kernel/world.ts';
import { readTableShapes } from '../../../../gates/verify/table-shape.ts';
import { destroyEnvironment, ensureEnvironment, putSecret, readSecret } from '../../../../infra/local/environment.ts';
import type { DatabaseAddress } from '../../../../infra/platform.ts';
import { type PromotionProject, promotionProject } from '../../../support/promotion-project.ts';
import { sampleInputs } from '../../sample-release.ts';

/** The sample application, promoted, and a candidate in an environment beside it. */
export interface PromotedPair {
  readonly project: PromotionProject;
  readonly source: DatabaseAddress;
  readonly target: DatabaseAddress;
  /** Addresses of the apps. */
  address(app: string): Promise<string>;
  plan(changes?: Partial<Plan>): Plan;
  inputs(plan: Plan): Promise<CutoverFlipInputs>;
  world(inputs: CutoverFlipInputs, boundSeconds?: number): { world: World; said: string[]; close(): Promise<void> };
  /** Makes the target a verified candidate that follows the source. */
  build(plan: Plan): Promise<void>;
  /** A session as the operator. */
  operator(plan: Plan, side: 'source' | 'target'): Promise<Client>;
  apiToken(): Promise<string>;
  remove(): Promise<void>;
}

const roles = ['postgres', 'gates', 'migrator', 'app'];

export async function promotedPair(): Promise<PromotedPair> {
  const project = await promotionProject();
  const whole = parse(await readFile(join(projectRoot, 'Pulumi.local.yaml'), 'utf8')).config;
  const { image } = project.config.release.services.api;
  project.config.release.services.web = { ...whole['sallyport:release'].services.web, image };
  const { code, output } = await project.up();
  assert.equal(code, 0, output);
  const beside = join(project.root, '.sallyport', 'candidate');
  for (const role of roles) {
    const name = `database-password-${role}`;
    await putSecret(beside, name, await readSecret(project.directory, name));
  }
  const source = (await ensureEnvironment(project.directory)).database;
  const target = (await ensureEnvironment(beside)).database;
  const url = async ({ port, database }: DatabaseAddress, role: string) =>
    `postgres://${role}:${encodeURIComponent(await readSecret(beside, `database-password-${role}`))}@127.0.0.1:${port}/${database}`;
  process.env.TEST_SOURCE_DIRECT_URL = await url(source, 'postgres');
  process.env.TEST_TARGET_DIRECT_URL = await url(target, 'postgres');
  await promisify(execFile)(process.execPath, ['migrate.ts'], {
    cwd: join(project.root, '.sallyport', 'app', 'first'),
    env: { DATABASE_URL: await url(target, 'migrator') },
  });
  const sessions: Client[] = [];
  const operator = async (plan: Plan, side: 'source' | 'target') => {
    const session = await openSession(plan, side);
    sessions.push(session);
    return session;
  };
  return {
    project,
    source,
    target,
    operator,
    apiToken: () => readSecret(project.directory, 'api-token'),
    address: async (app) => (await (await project.platform()).apps.getApp(app))?.address ?? '',
    plan: (changes = {}) =>
      planSchema.parse({
        id: 'test',
        strategy: 'replicate',
        source: { direct: 'TEST_SOURCE_DIRECT_URL', at: `127.0.0.1:${source.port}/${source.database}` },
        target: { direct: 'TEST_TARGET_DIRECT_URL', at: `127.0.0.1:${target.port}/${target.database}` },
        verify: { modules: { all: ['public.*'] }, personalData: { declared: ['public.pgmigrations.name'] } },
        invariants: [],
        backfill: {},
        freeze: { graceSeconds: 1, drainSeconds: 120 },
        reverse: true,
        rehearsal: {},
        reviewer: 'reviewer',
        ...changes,
      }),
    inputs: async (plan) => {
      const gates = await project.session('gates');
      const [accepted] = await acceptedReleases(gates);
      assert.ok(accepted);
      const platform = (await project.platform()).address;
      const rollout = {
        probe: { header: 'x-revision', answers: 3, seconds: 60 },
        drainSeconds: 60,
        healthSeconds: 120,
      };
      return { ...sampleInputs({ platform, database: source, release: accepted.release }), plan, ...rollout };
    },
    world: (inputs, boundSeconds = 600) => {
      const said: string[] = [];
      const signal = AbortSignal.timeout(boundSeconds * 1000);
      const { world, close } = openWorld('cutover-flip', inputs, { signal, attempt: undefined, pending: true });
      return { world: { ...world, say: (line) => said.push(line) }, said, close };
    },
    build: async (plan) => {
      const [from, to] = [await operator(plan, 'source'), await operator(plan, 'target')];
      await testParts(plan)({ source: from, target: to }).stopReplication();
      const build = await markBuilding(to, { cutover: plan.id, plan: 'p', source: await databaseId(from) });
      const tables = (await readTableShapes(from)).map(({ name }) => name);
      await to.query(`truncate ${tables.join(', ')}`);
      const { publication, subscription, slot } = namesOf(plan);
      await from.query(`create publication ${publication} for table ${tables.join(', ')}`);
      await from.query(`select pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
      const conninfo = new URL(process.env.TEST_SOURCE_DIRECT_URL ?? '');
      await to.query(`create subscription ${subscription} connection '${conninfo}' publication ${publication}
        with (create_slot = false, slot_name = ${slot})`);
      await poll(AbortSignal.timeout(180_000), 100, async () => {
        const { rows } = await to.query(`select from pg_subscription_rel where srsubstate <> 'r'`);
        return rows.length === 0 ? true : undefined;
      });
      await markCandidate(to, build, 'verified', 'root');
    },
    remove: async () => {
      await Promise.allSettled(sessions.map((session) => session.end()));
      await destroyEnvironment(beside);
      await project.remove();
    },
  };
}

/** The parts of backfill and verification, as small as they can be: real replication, all rows compared as text. */
export function testParts(plan: Plan, changes: Partial<FlipParts> = {}) {
  const { publication, subscription, slot } = namesOf(plan);
  return ({ source, target }: { readonly source: Client; readonly target: Client }): FlipParts => ({
    applied: async (lsn, signal) => {
      await poll(signal, 25, async () => {
        await source.query(`select pg_logical_emit_message(true, 'test', '')`);
        const { rows } = await source.query(
          `select from pg_replication_slots where slot_name = $1 and confirmed_flush_lsn >= $2::pg_lsn`,
          [slot, lsn],
        );
        return rows.length === 1 ? true : undefined;
      });
    },
    differenceAhead: async () => ({ findings: [], compared: {} }),
    lastDifference: async () => {
      const findings = [];
      for (const { name } of await readTableShapes(source)) {
        const sql = `select coalesce(md5(string_agg(t::text, chr(10) order by t::text collate "C")), '') as digest from ${name} t`;
        const [one, other] = [await source.query(sql), await target.query(sql)];
        if (one.rows[0].digest === other.rows[0].digest) continue;
        findings.push(blocker('CONTENT_DIFFERS', name, 'other rows', 'the rows of the source'));
      }
      return { findings, compared: { by: 'text' } };
    },
    stopReplication: async () => {
      const { rowCount } = await target.query(`select from pg_subscription where subname = $1`, [subscription]);
      if (rowCount === 1) {
        await target.query(`alter subscription ${subscription} disable`);
        await target.query(`alter subscription ${subscription} set (slot_name = none)`);
        await target.query(`drop subscription ${subscription}`);
      }
      await poll(AbortSignal.timeout(120_000), 25, async () => {
        const { rows } = await source.query(`select active from pg_replication_slots where slot_name = $1`, [slot]);
        return rows[0]?.active === true ? undefined : true;
      });
      await source.query(`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1`, [
        slot,
      ]);
      await source.query(`drop publication if exists ${publication}`);
    },
    ...changes,
  });
}
