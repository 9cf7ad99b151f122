import type { Client } from 'pg';
import type { DatabaseAddress } from '../../infra/platform.ts';
import { missingFrom } from '../baseline/inputs.ts';
import { failureOf, runMigrations } from '../baseline/run-migrations.ts';
import { appliedNames } from '../baseline/tool-history.ts';
import { markBuilding } from '../cutover/candidate.ts';
import { readFreezeJournal } from '../cutover/freeze/freeze-journal.ts';
import { thaw } from '../cutover/freeze/thaw.ts';
import { planDigest } from '../cutover/plan.ts';
import { stopReplication } from '../cutover/replication/stop-replication.ts';
import { openSession, sideOf } from '../cutover/sides.ts';
import { gateError } from '../kernel/gate-error.ts';
import { roleName } from '../kernel/role-name.ts';
import type { World } from '../kernel/world.ts';
import { cleanTarget } from './clean-target.ts';
import { contentsOf } from './contents.ts';
import { deferSlow, restoreSlow } from './deferred.ts';
import { emptyTables } from './empty-tables.ts';
import type { SchemaDone, SchemaFacts, SchemaInputs } from './facts.ts';
import { groundNow, readGround, recordGround } from './ground.ts';
import { endMigrations, migrateAsJob } from './migrate-as-job.ts';
import { schemaParity } from './schema-parity.ts';

/** Bounds of the sessions, in milliseconds: dropping or emptying what an earlier build left takes its time. */
const bounds = { statementMs: 300_000, lockMs: 30_000 };

const endSessions = `
select pg_terminate_backend(pid, 5000) from pg_stat_activity
where datname = current_database() and usename = $1 and pid <> pg_backend_pid()`;
const readNotes = `
select format('%I.%I', schemaname, tablename) as name from pg_tables
where schemaname = 'sallyport' and tablename <> all($1::text[]) order by 1`;

/**
 * Builds the candidate's schema from the ground: marked, cleaned of an earlier build, migrated, compared, its indexes and
 * foreign keys put off, emptied. Killed anywhere it is a candidate `building`, which the next run cleans.
 */
export async function buildSchema(world: World, inputs: SchemaInputs, facts: SchemaFacts): Promise<SchemaDone> {
  const { plan, release } = inputs;
  const source = await openSession(plan, 'source', bounds);
  try {
    const target = await openSession(plan, 'target', bounds);
    try {
      const build = await claim(world, target, inputs, facts);
      // Where the application went back from it, nobody may write to it, not the migrations either.
      await thaw(await world.database(), target, plan, 'target');
      // Its subscription would fill the tables of this build, and its slots keep the source's WAL for nobody.
      await stopReplication(source, target, plan);
      const { workbench } = await world.platform();
      const byHand = workbench === undefined && inputs.migrationJob === undefined;
      const made = await (byHand ? madeByHand : migrate)(world, target, inputs);
      world.signal.throwIfAborted();
      const { rights } = await readFreezeJournal(await world.database(), plan, 'source');
      const parity = await schemaParity(source, target, release.migrations, { source: rights, target: [] });
      const { objects, differences } = parity;
      world.say(`${objects} objects compared with the source, ${differences.length} differ`);
      const nothing = { tables: 0, notEmptied: [], deferred: 0 };
      if (differences.length > 0) return { build, ...made, ...parity, ...nothing };
      world.signal.throwIfAborted();
      const deferred = await deferSlow(target);
      world.say(`${deferred} indexes and constraints put off until the rows are there`);
      const { tables, left } = await emptyTables(target);
      world.say(`${tables} tables emptied`);
      return { build, ...made, ...parity, deferred, tables, notEmptied: left };
    } finally {
      await target.end();
    }
  } finally {
    await source.end();
  }
}

/** The mark first, and with it what was there before us: from then on no gate takes the database for one that serves. */
async function claim(
  world: World,
  target: Client,
  { plan, release }: SchemaInputs,
  { sourceId, contents }: SchemaFacts,
): Promise<string> {
  const fresh = contents.length === 0 && (await readGround(target)) === undefined;
  const ground = fresh ? await groundNow(target) : undefined;
  await target.query('begin');
  try {
    const mark = { cutover: plan.id, plan: planDigest(plan, release), source: sourceId };
    const build = await markBuilding(target, mark);
    if (ground !== undefined) await recordGround(target, ground);
    await target.query('commit');
    world.say(`target marked as building, build ${build}`);
    return build;
  } catch (error) {
    await target.query('rollback').catch(() => undefined); // the error above says more
    throw error;
  }
}

type Made = Pick<SchemaDone, 'migrated' | 'cleaned' | 'logs'>;

/** From the ground to head, by the release's own tool. */
async function migrate(world: World, target: Client, inputs: SchemaInputs): Promise<Made> {
  const { plan, release } = inputs;
  const ground = await readGround(target);
  if (ground === undefined) {
    const found = 'a candidate of which it is not on record what was there before it';
    throw gateError('CANDIDATE_NOT_CLEAN', plan.target.at, found, 'sallyport.ground in it');
  }
  const { migrationJob } = inputs;
  if (migrationJob !== undefined) await endMigrations(world, inputs, migrationJob);
  await endLeftOver(target, inputs);
  const cleaned = await cleanTarget(target, ground);
  await forgetBuild(target, ['candidate', 'ground']);
  if (cleaned > 0) world.say(`${cleaned} objects of an earlier build taken away`);
  world.signal.throwIfAborted();
  world.say(`${release.migrations.files.length} migrations on the target`);
  const address = addressOf(inputs);
  const run =
    migrationJob === undefined
      ? await runMigrations(world, inputs, address, 'head')
      : await migrateAsJob(world, inputs, migrationJob, address);
  const missing = missingFrom(release, await appliedNames(target, release));
  const failure =
    failureOf(run, 'the migrations') ??
    (missing.length > 0 ? `they ended well without ${missing.join(', ')}` : undefined);
  if (failure !== undefined) {
    throw gateError('SCHEMA_MIGRATIONS_FAILED', missing[0] ?? 'head', failure, 'a target at head');
  }
  return { migrated: true, cleaned, logs: run.lines };
}

/** A tool outlives the gate that was killed while it ran, and would go on in what is cleaned. */
async function endLeftOver(target: Client, { database }: SchemaInputs): Promise<void> {
  await target.query(endSessions, [roleName(database, 'migrator')]);
}

/** What an earlier build noted for itself, such as how far its copy was, says nothing of this one. */
async function forgetBuild(target: Client, keep: readonly string[]): Promise<void> {
  const { rows } = await target.query<{ name: string }>(readNotes, [keep]);
  for (const { name } of rows) await target.query(`drop table if exists ${name} cascade`);
}

/** Where the gate cannot run the tool, somebody has; and after an earlier build the history is empty, as all tables are. */
async function madeByHand(_world: World, target: Client, { plan, release }: SchemaInputs): Promise<Made> {
  const needed = `${release.migrations.files.length} migrations applied, up to ${release.migrations.files.at(-1)?.name ?? 'none'}`;
  if ((await contentsOf(target)).length === 0) {
    throw gateError('SCHEMA_BY_HAND', plan.target.at, 'an empty database, now marked as building', needed);
  }
  const applied = await appliedNames(target, release);
  const missing = missingFrom(release, applied);
  if (applied.length > 0 && missing.length > 0) {
    throw gateError('SCHEMA_BY_HAND', plan.target.at, `no ${missing.join(', ')} in its history`, needed);
  }
  await forgetBuild(target, ['candidate', 'ground', 'deferred']);
  await deferSlow(target);
  await emptyTables(target);
  await restoreSlow(target, () => undefined, bounds.statementMs);
  return { migrated: false, cleaned: 0, logs: [] };
}

/** Where the migration tool finds the target: the roles are called there as they are on the source. */
function addressOf({ plan, database }: SchemaInputs): DatabaseAddress {
  const { host, port, database: name, tls } = sideOf(plan, 'target');
  return { host, port, database: name, tls, ...(database.users !== undefined && { users: database.users }) };
}
