import { join, resolve } from 'node:path';
import { z } from 'zod';
import { defineGate, gateInputs } from '../kernel/gate.ts';
import { projectRoot } from '../kernel/project-root.ts';
import type { World } from '../kernel/world.ts';
import { readHistory } from '../migrate/history.ts';
import { pendingOf } from '../preflight/pending.ts';
import { readCatalog } from './catalog.ts';
import { contentMismatches } from './content-mismatches.ts';
import { asFinding, judgeMigrations, type LintFacts } from './judge-migrations.ts';
import { type LintPolicy, lintSchema, squawkWeights } from './policy.ts';
import { readSections, type SourceSection } from './sections.ts';

const lintInputs = gateInputs.extend({
  /** Where the migration files are, relative to the project root. */
  directory: z.string(),
  lint: lintSchema,
});

type LintInputs = z.infer<typeof lintInputs>;

/** Where analyses are kept by content, relative to the project root. */
export const lintCache = '.sallyport/cache/lint.json';

/** Judges every pending migration by rules: locks, rewrites, data, transactions, compatibility (B7, C1, C5). */
export const lint = defineGate<LintInputs, LintFacts>({
  name: 'lint',
  rules: 2,
  needs: ['preflight'],
  live: true,
  optionalInPreview: ['receipts', 'platform', 'database'],
  inputs: lintInputs,
  evidence: {
    file: 'lint.json',
    body: z.object({
      directory: z.string(),
      migrations: z.array(
        z.object({
          file: z.string(),
          sha256: z.string(),
          transactional: z.boolean(),
          evaluated: z.boolean(),
        }),
      ),
      hazards: z.array(
        z.object({
          rule: z.string(),
          code: z.string(),
          severity: z.enum(['BLOCKER', 'WARNING']),
          file: z.string(),
          line: z.number().int(),
          statement: z.string(),
          message: z.string(),
          safe: z.string(),
          hash: z.string().describe('what an approval names'),
          table: z.string().nullable(),
          approvedBy: z.string().nullable(),
        }),
      ),
      exempted: z.array(z.object({ file: z.string(), line: z.number().int(), rule: z.string(), because: z.string() })),
      notEvaluated: z.array(z.string()).describe('what no rule has seen, and why'),
    }),
  },
  deadlineSeconds: () => 120,
  subject: ({ directory, lint }) => ({ directory, lint }),
  reads: ({ directory }) => [directory],
  inspect,
  judge: (facts, { lint }) => [
    ...contentMismatches(facts.sections),
    ...judgeMigrations(facts, lint).findings.map(asFinding),
  ],
  report: ({ directory, lint }, facts) => {
    if (facts === undefined)
      return {
        directory,
        migrations: [],
        hazards: [],
        exempted: [],
        notEvaluated: ['every migration: the gate ended before it had read them'],
      };
    const { findings, exempted, notEvaluated } = judgeMigrations(facts, lint);
    return {
      directory,
      migrations: facts.sections.map(({ file, found, transactional, evaluated }) => ({
        file,
        sha256: found,
        transactional,
        evaluated,
      })),
      hazards: findings,
      exempted: exempted.map(({ index, finding: { line, rule }, because }) => ({
        file: facts.sections[index]?.file ?? '',
        line,
        rule,
        because,
      })),
      notEvaluated: [
        ...notEvaluated.map(({ file, reason }) => `${file}: ${reason}`),
        ...(facts.catalog === undefined ? ['the tables and column types of the database: it is not known yet'] : []),
      ],
    };
  },
  data: (inputs, facts) => ({
    hazards: judgeMigrations(facts, inputs.lint).findings.map(({ rule, file, table, hash }) => ({
      rule,
      file,
      table,
      hash,
    })),
  }),
  summary: ({ lint }, facts) => {
    const { findings, notEvaluated } = judgeMigrations(facts, lint);
    const unseen = notEvaluated.length === 0 ? '' : `, ${notEvaluated.length} not evaluated`;
    return `${facts.sections.length} pending judged, ${findings.length} findings${unseen}`;
  },
});

/** In a preview that does not know the database yet, every migration is pending: the database is still to be made. */
async function inspect(world: World, inputs: LintInputs): Promise<LintFacts> {
  const { release, database, lint } = inputs;
  const client = database === undefined ? undefined : await world.database();
  const applied = client === undefined ? [] : (await readHistory(client, release.migrations)).applied;
  const directory = resolve(projectRoot, inputs.directory);
  const pending = pendingOf(release, applied);
  const sections = await readSections({ path: directory }, release.migrations, pending, world.signal);
  const analyses = sections.length === 0 ? [] : await analysed(sections, directory, lint, world.signal);
  const catalog = client === undefined ? undefined : await readCatalog(client, analyses);
  return { sections, analyses, catalog, today: world.now().toISOString().slice(0, 10) };
}

/** PostgreSQL's parser is loaded only where there is something to parse: most runs have nothing pending. */
async function analysed(sections: readonly SourceSection[], directory: string, lint: LintPolicy, signal: AbortSignal) {
  const { analyse } = await import('./analyse.ts');
  const cache = join(projectRoot, lintCache);
  return analyse(sections, { directory, squawk: squawkWeights(lint.policy), cache, signal });
}
