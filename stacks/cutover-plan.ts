import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { type Plan, planSchema } from '../gates/cutover/plan.ts';
import { databaseIn } from '../gates/cutover/sides.ts';
import { GateError } from '../gates/kernel/gate-error.ts';
import { projectRoot } from '../gates/kernel/project-root.ts';
import { releaseSchema } from '../gates/kernel/release.ts';
import { migrationSet } from '../gates/migrate/migration-set.ts';
import { migrationTool } from '../gates/migrate/tools/index.ts';
import { readInvariants } from '../gates/verify/checks/invariants.ts';
import { addressOf } from '../gates/verify/open-side.ts';
import { cutoverSchema, type Cutover as Mapping } from '../gates/verify/settings.ts';
import { type ConfigProblem, problemsOf } from './config-problem.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { CutoverArgs } from './cutover.ts';
import type { CutoverConfig } from './cutover-config.ts';
import { declareCutoverJob } from './cutover-job.ts';
import { cutoverPlatform } from './cutover-platform.ts';
import { resolveImage } from './image.ts';

const imageNeeded = 'name@sha256:<64 hex>, or a directory';

/**
 * What a cutover stack's configuration names: the mapping and its invariants, the migrations, the two databases by their
 * variables, and the environment that the application runs in.
 * @throws ConfigurationError with every problem found.
 */
export async function cutoverOf(config: CutoverConfig): Promise<CutoverArgs> {
  const problems: ConfigProblem[] = [];
  const attempt = async <T>(key: string, needed: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ConfigurationError) problems.push(...error.problems);
      else problems.push({ key, found: foundIn(error), needed, mend: mendOf(key, needed) });
      return undefined;
    }
  };
  const { migrations, cutover, platform } = config;
  const mapping = await attempt('sallyport:cutover.mapping', 'a mapping as in docs/verify.md', () =>
    readMapping(cutover.mapping),
  );
  const directory = mapping?.verify.invariants?.directory;
  const invariants =
    directory === undefined
      ? []
      : await attempt(`${cutover.mapping}: verify.invariants.directory`, 'a directory of SQL files', () =>
          readInvariants(resolve(projectRoot, directory)),
        );
  const at = async (variable: string | undefined) =>
    variable &&
    attempt(variable, 'a URL postgres://role:password@host:port/database', async () => addressOf(databaseIn(variable)));
  const [source, target] = [await at(mapping?.source), await at(mapping?.target)];
  const directoryOfImages = platform.kind === 'local' ? platform.directory : undefined;
  const image = await attempt('sallyport:migrations.image', imageNeeded, () =>
    resolveImage(migrations.image, directoryOfImages),
  );
  const { job } = cutover;
  const jobImage =
    job &&
    (await attempt('sallyport:cutover.job.image', imageNeeded, () => resolveImage(job.image, directoryOfImages)));
  const set = await attempt('sallyport:migrations.directory', `a directory of migrations of ${migrations.tool}`, () =>
    Promise.resolve(migrationSet(resolve(projectRoot, migrations.directory), migrationTool(migrations.tool))),
  );
  const environment = await attempt('sallyport:platform.directory', 'an environment that runs: npm start', () =>
    cutoverPlatform(platform),
  );
  if (mapping && cutover.job && mapping.verify.processes > 0) {
    const key = `${cutover.mapping}: verify.processes`;
    const found = `${mapping.verify.processes}, beside sallyport:cutover.job`;
    problems.push({ key, found, needed: '0', mend: mendOf(key, 'no processes, or no job in the stack') });
  }
  if (problems.length > 0 || !mapping || !invariants || !source || !target || !image || !set || !environment) {
    throw new ConfigurationError(problems);
  }
  const { tool, command, history, values } = migrations;
  const release = releaseSchema.parse({
    sha: cutover.sha,
    services: {},
    migrations: { tool, service: 'cutover', command, ...set, ...(history && { history }), ...(values && { values }) },
    smoke: { surfaces: {}, retries: { attempts: 1, delayMs: 0 } },
  });
  const { host, port, database, tls } = databaseIn(mapping.source);
  return {
    config,
    release,
    image,
    job: job && jobImage ? { ...job, image: jobImage, declare: await declareCutoverJob(platform) } : undefined,
    plan: planOf(config, mapping, invariants, { source, target }),
    ...environment,
    database: { host, port, database, tls, ...(platform.kind === 'azure' && { users: platform.users }) },
  };
}

function planOf(
  { cutover }: CutoverConfig,
  { source, target, pooled, verify }: Mapping,
  invariants: Plan['invariants'],
  at: { readonly source: string; readonly target: string },
): Plan {
  const { evidence: _file, ...rehearsal } = cutover.rehearsal;
  const { id, strategy, backfill, freeze, reverse, reviewer } = cutover;
  return planSchema.parse({
    id,
    strategy,
    source: { direct: source, at: at.source, ...(pooled.source && { pooled: pooled.source }) },
    target: { direct: target, at: at.target, ...(pooled.target && { pooled: pooled.target }) },
    verify,
    invariants,
    backfill,
    freeze,
    reverse: reverse && strategy === 'replicate',
    rehearsal,
    reviewer,
  });
}

/** The file that `npm run verify` reads too. @throws ConfigurationError with every problem in it. */
async function readMapping(file: string): Promise<Mapping> {
  const document = parseDocument(await readFile(resolve(projectRoot, file), 'utf8'));
  const [problem] = document.errors;
  if (problem !== undefined) throw new Error(`${file} is not YAML: ${problem.message.trim()}`);
  const raw: unknown = document.toJS();
  const parsed = cutoverSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.flatMap((issue) => problemsOf(issue, raw));
  throw new ConfigurationError(
    found.map((each) => {
      const key = `${file}: ${each.key.replace('sallyport:', '')}`;
      return { ...each, key, mend: mendOf(key, each.needed) };
    }),
  );
}

function foundIn(error: unknown): string {
  if (error instanceof GateError) return error.findings.map(({ found }) => found).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** What is in the stack's file is set there; a variable in cutover.env, the rest in the mapping. */
function mendOf(key: string, needed: string): string {
  if (key.startsWith('sallyport:')) return `pulumi config set --path '${key}' <${needed}>`;
  return /^[A-Z_]+$/.test(key) ? `set ${key} in cutover.env (cutover.env.example)` : `mend it in that file: ${needed}`;
}
