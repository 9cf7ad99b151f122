import pg from 'pg';
import type { PlatformAddress } from '../../infra/platform.ts';
import { type Catalog, type CatalogScope, readCatalog } from '../catalog/catalog.ts';
import { compareCatalogs } from '../catalog/compare.ts';
import { messageOf } from '../kernel/gate-error.ts';
import { seconds } from '../kernel/progress.ts';
import type { Release } from '../kernel/release.ts';
import type { World } from '../kernel/world.ts';
import { runSuite } from '../smoke/suite.ts';
import { applyBootstrap } from './bootstrap.ts';
import { builtConcurrently, indexesOf } from './built-indexes.ts';
import { drill } from './drill.ts';
import type { Rehearsal, RehearsedMigration, RehearseSettings, ShadowSmoke } from './facts.ts';
import { classOf } from './migration-class.ts';
import { blockingOf, type StatementOf, speedOf } from './model.ts';
import { observed } from './observed.ts';
import type { TableSize } from './production.ts';
import { relationsOf, rowsOf } from './relations.ts';
import { seed } from './seed/seed.ts';
import { type ShadowServices, startServices } from './services.ts';
import type { Shadow } from './shadow/shadow.ts';
import { endOf, toolOn, withCount } from './tool-run.ts';
import { openTracer, type Tracer } from './trace/tracer.ts';

/** Everything that a rehearsal is made from. */
export interface RehearsalPlan {
  readonly world: Pick<World, 'say' | 'signal' | 'now' | 'secret'>;
  readonly shadow: Shadow;
  readonly major: number;
  readonly platform: PlatformAddress;
  readonly settings: RehearseSettings;
  /** The directory in which the tool runs, as it does in the image. */
  readonly image: string;
  readonly command: readonly string[];
  readonly stepCommand: readonly string[] | undefined;
  readonly downCommand: readonly string[] | undefined;
  readonly boundSeconds: number;
  readonly statementTimeout: string;
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Migration → why it has no way back. */
  readonly irreversible: ReadonlyMap<string, string>;
  readonly scope: CatalogScope;
  readonly bootstrap: readonly string[];
  readonly productionCatalog: Catalog;
  readonly sizes: ReadonlyMap<string, TableSize>;
  readonly release: Release;
  readonly previous: Release | undefined;
}

const boundStatements = (timeout: string) => `
do $$ begin execute format('alter role %I in database %I set statement_timeout = %L', '%ROLE%', current_database(), '${timeout}'); end $$`;

/** Runs the pending migrations on the shadow, one at a time and traced, with the way back of each, and both smoke suites around them. */
export async function rehearse(plan: RehearsalPlan): Promise<Rehearsal> {
  const { world, shadow } = plan;
  const client = new pg.Client({ connectionString: shadow.owner, application_name: 'sallyport rehearse' });
  client.on('error', () => undefined); // told by the next query
  await client.connect();
  const tracer = await openTracer(shadow.migrator);
  const services: ShadowServices[] = [];
  try {
    const refused = await applyBootstrap(client, plan.bootstrap);
    const role = decodeURIComponent(new URL(shadow.migrator).username);
    await client.query(boundStatements(plan.statementTimeout).replace('%ROLE%', role.replaceAll("'", "''")));
    const nothing = {
      major: plan.major,
      refused,
      differences: [],
      notSeeded: [],
      stepped: true,
      migrations: [],
      blocking: [],
    };
    const base = await applyBase(plan);
    if (base !== undefined) return { ...nothing, baseFailed: base };
    const catalog = await readCatalog(client, plan.scope);
    const differences = plan.applied.length === 0 ? [] : compareCatalogs(plan.productionCatalog, catalog);
    const notSeeded = await seed(client, plan.scope.withoutSchemas, plan.scope.withoutRelations);
    const tables = await relationsOf(client, plan.scope);
    const shadowRows = await rowsOf(client, tables.values());

    let previous = plan.previous && (await smokeBefore(plan, services));
    const migrations = await runPending(plan, client, tracer, catalog, tables);
    const scale = { tables, production: plan.sizes, shadowRows, speed: speedOf(plan.settings.speed) };
    const blocking = blockingOf(transactionsOf(migrations, plan.settings.oneTransaction), scale);
    const stepped = plan.stepCommand !== undefined;
    const seen = { ...nothing, differences, notSeeded, stepped, migrations, blocking };
    if (migrations.some((each) => each.run.code !== 0) || !isUp(migrations))
      return { ...seen, ...(previous && { previous }) };
    const [serving] = services;
    if (previous?.missing === undefined && previous !== undefined && serving !== undefined && plan.previous) {
      world.say(`now ${previous.sha.slice(0, 12)}, the release that serves, on the rehearsed schema`);
      previous = { ...previous, after: [...(await runSuite(asWorld(plan), plan.previous.smoke, serving.addresses))] };
    }
    const candidate = await smokeCandidate(plan, services);
    return { ...seen, candidate, ...(previous && { previous }) };
  } finally {
    await Promise.all(services.map((each) => each.stop()));
    await tracer.close();
    await client.end();
  }
}

/** Brings the shadow to what the applied migrations give; why it could not. */
async function applyBase(plan: RehearsalPlan): Promise<string | undefined> {
  const { applied, stepCommand, world } = plan;
  if (applied.length === 0) return undefined;
  if (stepCommand === undefined) return 'no migrations.stepCommand, so that all migrations would run at once';
  const since = performance.now();
  const run = await toolOn(plan, withCount(stepCommand, applied.length), plan.shadow.migrator);
  if (run.code !== 0) return endOf(run, plan.boundSeconds);
  world.say(`${applied.length} applied migrations on the shadow … ${seconds(since)}`);
  return undefined;
}

async function runPending(
  plan: RehearsalPlan,
  client: pg.Client,
  tracer: Tracer,
  catalog: Catalog,
  tables: ReadonlyMap<number, string>,
): Promise<readonly RehearsedMigration[]> {
  const { stepCommand, pending, world, scope } = plan;
  const steps = stepCommand === undefined ? [pending.join(', ')] : pending;
  const migrations: RehearsedMigration[] = [];
  let before = catalog;
  for (const name of steps) {
    const command = stepCommand === undefined ? plan.command : withCount(stepCommand, 1);
    const indexes = await indexesOf(client);
    const run = await toolOn(plan, command, tracer.url);
    const statements = tracer.take();
    const buildsIndexes = builtConcurrently(statements, indexes, await indexesOf(client));
    const after = run.code === 0 ? await readCatalog(client, scope) : before;
    const way = await drill(plan, name, run, before, after, () => readCatalog(client, scope));
    const seen = { statements, observed: observed(statements, tables), class: classOf(statements, tables) };
    migrations.push({ name, run, ...seen, buildsIndexes, drill: way });
    world.say(`${name} ${run.code === 0 ? `up, way back ${way.kind}` : endOf(run, plan.boundSeconds)}`);
    if (run.code !== 0 || !isUp(migrations)) break;
    before = after;
  }
  return migrations;
}

/** Whether the shadow stands after the last migration that ran, drill included. */
function isUp(migrations: readonly RehearsedMigration[]): boolean {
  const last = migrations.at(-1)?.drill;
  if (last?.kind === 'failed') return !last.lost;
  return last?.kind !== 'drilled' || last.afterUp.length === 0;
}

async function smokeBefore(plan: RehearsalPlan, services: ShadowServices[]): Promise<ShadowSmoke | undefined> {
  const { previous } = plan;
  if (previous === undefined) return undefined;
  const started = await start(plan, previous, 'previous', services);
  if ('missing' in started) return { sha: previous.sha, missing: started.missing };
  const quiet = { ...asWorld(plan), say: () => undefined };
  return { sha: previous.sha, before: [...(await runSuite(quiet, previous.smoke, started.addresses))] };
}

async function smokeCandidate(plan: RehearsalPlan, services: ShadowServices[]): Promise<ShadowSmoke> {
  const { release } = plan;
  const started = await start(plan, release, 'candidate', services);
  if ('missing' in started) return { sha: release.sha, missing: started.missing };
  return { sha: release.sha, after: [...(await runSuite(asWorld(plan), release.smoke, started.addresses))] };
}

async function start(plan: RehearsalPlan, release: Release, label: string, services: ShadowServices[]) {
  try {
    // The folders that are configured are of this release, and of no earlier one.
    const images = release === plan.release ? plan.settings.images : {};
    const started = await startServices(plan, release, label, images);
    services.push(started);
    return started.missing === undefined ? { addresses: started.addresses } : { missing: started.missing };
  } catch (error) {
    plan.world.signal.throwIfAborted();
    return { missing: messageOf(error) };
  }
}

function asWorld({ world }: RehearsalPlan): World {
  return world as World; // a suite needs what is picked, and nothing else
}

/** Statements of migrations that the tool runs in one transaction get one number. */
function transactionsOf(migrations: readonly RehearsedMigration[], one: boolean): readonly StatementOf[] {
  let shared: number | undefined;
  return migrations.flatMap(({ name, statements }) => {
    const transactional = statements.every((statement) => !statement.alone);
    if (!one || !transactional) shared = undefined;
    else shared ??= statements[0]?.transaction;
    return statements.map((each) => ({
      ...each,
      transaction: (transactional && shared) || each.transaction,
      migration: name,
    }));
  });
}
