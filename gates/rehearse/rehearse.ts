import { z } from 'zod';
import { defineGate } from '../kernel/gate.ts';
import type { World } from '../kernel/world.ts';
import { readHistory } from '../migrate/history.ts';
import { historyDigest } from '../migrate/history-digest.ts';
import { pendingOf } from '../preflight/pending.ts';
import { surfaceResult } from '../smoke/facts.ts';
import { type RehearseFacts, type RehearseInputs, rehearseInputs } from './facts.ts';
import { judge } from './judge.ts';

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
  reads: ({ settings }) => Object.values(settings.images),
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
  const { applied } = await readHistory(await world.database(), inputs.release.migrations);
  const files = pendingOf(inputs.release, applied);
  if (files.length === 0) return { applied, pending: [], plan: {} };
  // Tracer and parser are loaded only where there is something to rehearse: most runs have nothing pending.
  const { inspectPending } = await import('./inspect-pending.ts');
  return inspectPending(world, inputs, applied, files);
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
