import { z } from 'zod';
import { environmentPaths } from '../../infra/local/environment-paths.ts';
import { imageDirectory } from '../../infra/local/images.ts';
import { readCatalog } from '../catalog/catalog.ts';
import { defineGate, receiptOf } from '../kernel/gate.ts';
import { gateError } from '../kernel/gate-error.ts';
import { acceptedReleases } from '../kernel/ledger/accepted.ts';
import type { World } from '../kernel/world.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { readHistory } from '../migrate/history.ts';
import { historyDigest } from '../migrate/history-digest.ts';
import { pendingOf } from '../preflight/pending.ts';
import { surfaceResult } from '../smoke/facts.ts';
import { bootstrapOf } from './bootstrap.ts';
import { type RehearseFacts, type RehearseInputs, rehearseInputs } from './facts.ts';
import { irreversibleReason, textsOf } from './irreversible.ts';
import { judge } from './judge.ts';
import { classOfText } from './migration-class.ts';
import { tableSizes } from './production.ts';
import { rehearse as runRehearsal } from './rehearsal.ts';
import { lintHazards, ruleAndTrace } from './rule-and-trace.ts';
import { givenServer } from './shadow/given-server.ts';
import { ownServer } from './shadow/own-server.ts';

const majorOf = `select current_setting('server_version_num')::int / 10000 as major`;
/** The secret of the configuration that names a server for the shadow. */
const shadowUrl = 'rehearse-shadow-url';

const difference = z.object({ object: z.string(), found: z.string().optional(), needed: z.string().optional() });
const suite = z.array(surfaceResult).nullable();

/** Runs the pending migrations on a copy of the schema before production is touched: locks, rewrites, the way back, and both releases on the result. */
export const rehearse = defineGate<RehearseInputs, RehearseFacts>({
  name: 'rehearse',
  rules: 2,
  needs: ['preflight', 'lint', 'guard'],
  inputs: rehearseInputs,
  evidence: {
    file: 'rehearsal.json',
    body: z.object({
      pending: z.array(z.string()),
      leftOut: z.string().nullable().describe('why there was no rehearsal'),
      postgresMajor: z.number().int().nullable(),
      differences: z.array(difference).describe('production against what its applied migrations give'),
      notSeeded: z.array(z.object({ table: z.string(), reason: z.string() })),
      migrations: z.array(
        z.object({
          name: z.string(),
          class: z.enum(['waiting', 'blocking']),
          exitCode: z.number().int().nullable(),
          seconds: z.number(),
          output: z.array(z.string()),
          statements: z.array(
            z.object({
              sql: z.string(),
              ms: z.number(),
              locks: z.array(z.string()).describe('mode and number of relations'),
              rewrites: z.number().int(),
              indexBuilds: z.number().int(),
              scans: z.number().int(),
              rowsChanged: z.number().int(),
              error: z.string().nullable(),
            }),
          ),
          wayBack: z.string(),
        }),
      ),
      blocking: z.array(
        z.object({
          table: z.string(),
          mode: z.string(),
          seconds: z.number().describe("predicted with production's sizes"),
          budgetSeconds: z.number(),
          writesWaiting: z.number(),
          migration: z.string(),
          sql: z.string(),
        }),
      ),
      rulesAndTrace: z
        .array(
          z.object({
            migration: z.string(),
            table: z.string().nullable(),
            rule: z.string().nullable().describe('null: no rule named what the trace saw'),
            ruleSays: z.string(),
            traceSaw: z.string(),
            agree: z.boolean(),
          }),
        )
        .describe("lint's findings about locks beside what was seen; where they disagree the trace counts"),
      previousSmoke: z
        .object({ sha: z.string(), before: suite, after: suite, missing: z.string().nullable() })
        .nullable(),
      candidateSmoke: z.object({ sha: z.string(), after: suite, missing: z.string().nullable() }).nullable(),
      notEvaluated: z.array(z.string()),
    }),
  },
  deadlineSeconds: ({ timeouts }) => 600 + 2 * timeouts.job,
  subject: ({ settings, stepCommand, downCommand, timeouts }) => ({ settings, stepCommand, downCommand, timeouts }),
  inspect,
  judge,
  report: ({ settings }, facts) => report(settings, facts),
  data: (_inputs, facts) => ({
    plan: facts.plan,
    rehearsed: facts.rehearsal === undefined ? [] : facts.pending,
    historyDigest: historyDigest(facts.applied),
  }),
  summary: (_inputs, { pending, rehearsal }) => {
    if (pending.length === 0) return 'nothing pending';
    if (rehearsal === undefined) return `${pending.length} pending, not rehearsed`;
    const [worst] = rehearsal.blocking;
    const longest =
      worst === undefined ? 'no table blocked' : `${worst.table} blocked for ${worst.seconds.toFixed(1)} s`;
    const back = rehearsal.migrations.filter(({ drill }) => drill.kind === 'drilled').length;
    return `${pending.length} rehearsed, ${longest}, ${back} of ${pending.length} taken back and run again`;
  },
});

async function inspect(world: World, inputs: RehearseInputs): Promise<RehearseFacts> {
  const { release, settings, platform, stepCommand, downCommand, timeouts } = inputs;
  const client = await world.database();
  const { applied } = await readHistory(client, release.migrations);
  const files = pendingOf(release, applied);
  const pending = files.map((file) => file.name);
  if (pending.length === 0) return { applied, pending, plan: {} };
  const paths = environmentPaths(platform.directory ?? '');
  const service = release.services[release.migrations.service];
  const image = service && (await imageDirectory(paths.images, service.image));
  if (image === undefined) {
    throw gateError(
      'SHADOW_UNAVAILABLE',
      release.migrations.service,
      'no such image on this platform',
      'the image of the release',
    );
  }
  const texts = await textsOf(image, release.migrations.files);
  if (settings.without !== undefined) {
    const plan = Object.fromEntries(pending.map((name) => [name, classOfText(texts.get(name) ?? '')]));
    return { applied, pending, plan };
  }
  const outOfOrder = release.migrations.files.slice(0, applied.length).find((file) => !applied.includes(file.name));
  if (outOfOrder !== undefined && applied.length > 0) {
    const found = `${outOfOrder.name} is pending before applied ones`;
    throw gateError('REHEARSAL_BASE_FAILED', 'order', found, 'a history that is the beginning of the release');
  }
  const irreversible = new Map(Object.entries(settings.irreversible.reasons));
  for (const [name, text] of texts) {
    const reason = irreversibleReason(text);
    if (reason !== undefined) irreversible.set(name, reason);
  }
  const hazards = lintHazards.parse(receiptOf(inputs, 'lint').data.hazards);
  const scope = applicationScope(release.migrations);
  const sizes = await tableSizes(client);
  const bootstrap = await bootstrapOf(client, 'migrator');
  const productionCatalog = await readCatalog(client, scope);
  const major = (await client.query<{ major: number }>(majorOf)).rows[0]?.major ?? 0;
  const [accepted] = await acceptedReleases(client);
  const server = world.secret(shadowUrl);
  const directory = platform.directory ?? '';
  const shadow =
    server === undefined
      ? await ownServer(directory, major)
      : await givenServer(server, paths.directory, paths.directory, major);
  world.say(`shadow of PostgreSQL ${major} ready`);
  try {
    const rehearsal = await runRehearsal({
      ...{ world, shadow, major, platform, settings, image, stepCommand, downCommand, applied, pending, irreversible },
      ...{ scope, bootstrap, productionCatalog, sizes, release, previous: accepted?.release },
      command: release.migrations.command,
      boundSeconds: timeouts.job,
      statementTimeout: timeouts.statement,
    });
    const classes = rehearsal.stepped
      ? rehearsal.migrations.map(({ name, class: of, buildsIndexes }) => [name, { class: of, buildsIndexes }] as const)
      : pending.map((name) => [name, classOfText(texts.get(name) ?? '')] as const);
    const filesOf = (name: string) =>
      files.filter((file) => !rehearsal.stepped || file.name === name).map(({ file }) => file);
    const rulesAndTrace = ruleAndTrace(rehearsal.migrations, hazards, filesOf);
    return { applied, pending, rehearsal, rulesAndTrace, plan: Object.fromEntries(classes) };
  } finally {
    await shadow.remove();
  }
}

function report(settings: RehearseInputs['settings'], facts: RehearseFacts | undefined): Record<string, unknown> {
  const rehearsal = facts?.rehearsal;
  const { previous, candidate } = rehearsal ?? {};
  return {
    pending: facts?.pending ?? [],
    leftOut: facts?.pending.length === 0 ? 'nothing is pending' : (settings.without ?? null),
    postgresMajor: rehearsal?.major ?? null,
    differences: rehearsal?.differences ?? [],
    notSeeded: rehearsal?.notSeeded ?? [],
    migrations: (rehearsal?.migrations ?? []).map(({ name, class: of, run, statements, drill }) => ({
      name,
      class: of,
      exitCode: run.code,
      seconds: run.ms / 1000,
      output: run.output,
      statements: statements.map((each) => ({
        sql: each.sql.slice(0, 2_000),
        ms: Math.round(each.ms * 10) / 10,
        locks: [...new Set(each.locks.map(([, mode]) => mode))].map(
          (mode) => `${mode} ${each.locks.filter(([, other]) => other === mode).length}`,
        ),
        rewrites: each.rewritten.length,
        indexBuilds: each.indexed.length,
        scans: each.scanned.length,
        rowsChanged: each.changed.reduce((sum, [, rows]) => sum + rows, 0),
        error: each.error === undefined ? null : `${each.error.code} ${each.error.message}`,
      })),
      wayBack:
        drill.kind === 'irreversible' || drill.kind === 'left-out' ? `${drill.kind}: ${drill.reason}` : drill.kind,
    })),
    blocking: (rehearsal?.blocking ?? []).map((each) => ({
      ...each,
      sql: each.sql.slice(0, 2_000),
      budgetSeconds: settings.lockBudget.tables[each.table] ?? settings.lockBudget.default,
    })),
    rulesAndTrace: facts?.rulesAndTrace ?? [],
    previousSmoke: previous
      ? {
          sha: previous.sha,
          before: previous.before ?? null,
          after: previous.after ?? null,
          missing: previous.missing ?? null,
        }
      : null,
    candidateSmoke: candidate
      ? { sha: candidate.sha, after: candidate.after ?? null, missing: candidate.missing ?? null }
      : null,
    notEvaluated: ['order of columns', 'data in production', 'services without ingress'],
  };
}
