import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { parse, stringify } from 'yaml';
import { destroyEnvironment, readEnvironment } from '../../infra/local/environment.ts';
import { packagePrograms, projectRoot } from '../../tools/project.ts';
import { type DeskLoad, loadDesk } from './desk-load.ts';
import { type Configuration, type PromotionProject, promotionProject, roomyRollout } from './promotion-project.ts';
import { type Ended, type RunningProgram, runProgram } from './running-program.ts';

/** A promoted sample application, an empty candidate beside its database, and the stack that moves it there. */
export interface CutoverProject {
  readonly project: PromotionProject;
  /** `sallyport:` values of Pulumi.cutover.yaml, which a test may change. */
  readonly config: Configuration;
  /** Runs `npm run cutover`, or what is given to it, with the configuration as it is now. */
  cutover(...args: string[]): Promise<Ended>;
  /** Makes an image of the project, as a job of workers needs it, and gives its folder. */
  workersImage(): Promise<string>;
  /** Starts `npm run cutover`, or another tool of a cutover, for a test that does not let it end. */
  start(tool?: string): Promise<RunningProgram>;
  /** Runs another tool of a cutover. */
  tool(name: string, ...args: string[]): Promise<Ended>;
  /** The reviewer approves the root that was verified last, or this digest; gives what was printed. */
  approve(digest?: string): Promise<string>;
  /** An evidence file of the cutover. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes, asserted on member by member
  evidence(file: string): Promise<any>;
  /** Runs a statement as the operator of a side. */
  sql<Row extends pg.QueryResultRow>(side: 'source' | 'target' | 'reviewer', text: string): Promise<Row[]>;
  /** Names of what a cutover made on a side to replicate. */
  replicationOn(side: 'source' | 'target'): Promise<readonly string[]>;
  /** Which side's database the application has. */
  serving(): Promise<'source' | 'target' | undefined>;
  /** Starts to use the application, until it is told to stop. */
  load(): Promise<{ stop(): Promise<DeskLoad> }>;
  /** As cutover.env has it. */
  url(side: 'source' | 'target' | 'reviewer'): Promise<string>;
  remove(): Promise<void>;
}

const variables = {
  source: 'CUTOVER_SOURCE_DIRECT_URL',
  target: 'CUTOVER_TARGET_DIRECT_URL',
  reviewer: 'CUTOVER_REVIEWER_URL',
} as const;

const replication = `
select slot_name::text as name from pg_replication_slots where slot_name like 'sallyport%'
union all select pubname::text from pg_publication where pubname like 'sallyport%'
union all select subname::text from pg_subscription where subname like 'sallyport%'`;

/** Promotes the first sample release on PostgreSQL of major version `from`, and starts a candidate of version `to`. */
export async function cutoverProject(from?: number, to?: number): Promise<CutoverProject> {
  const project = await promotionProject();
  const candidate = join(project.root, '.sallyport', 'candidate');
  const remove = async () => {
    await destroyEnvironment(candidate);
    await project.remove();
  };
  try {
    if (from !== undefined) project.config.platform.postgres = from;
    const first = await project.up();
    assert.equal(first.code, 0, first.output);
    const made = await project.tool('candidate', ...(to === undefined ? [] : ['--postgres', String(to)]));
    assert.equal(made.code, 0, made.output);
    return { ...(await cutoverStackIn(project)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The stack of a project that is promoted; its databases are those of the project's cutover.env. */
export async function cutoverStackIn(project: PromotionProject): Promise<Omit<CutoverProject, 'remove'>> {
  const file = join(project.root, 'Pulumi.cutover.yaml');
  const document = parse(await readFile(join(projectRoot, 'Pulumi.cutover.yaml'), 'utf8'));
  const config: Configuration = Object.fromEntries(
    Object.entries(document.config).map(([key, value]) => [key.replace('sallyport:', ''), value]),
  );
  config.migrations.directory = project.config.migrations.directory;
  config.migrations.image = project.config.release.services.api.image;
  config.rollout = roomyRollout();
  await cp(join(projectRoot, 'cutover.yaml'), join(project.root, 'cutover.yaml'));
  const written = async () => {
    const stored = Object.fromEntries(Object.entries(config).map(([key, value]) => [`sallyport:${key}`, value]));
    await writeFile(file, stringify({ ...document, config: stored }, { version: '1.1' }));
  };
  const url = async (side: keyof typeof variables) => {
    const text = await readFile(join(project.root, 'cutover.env'), 'utf8');
    const found = new RegExp(`^${variables[side]}=(.+)$`, 'm').exec(text)?.[1];
    assert.ok(found, `cutover.env has no ${variables[side]}`);
    return found;
  };
  const tool = async (name: string, ...args: string[]) => {
    await written();
    return project.tool(name, ...args);
  };
  const sql = async <Row extends pg.QueryResultRow>(side: keyof typeof variables, text: string) => {
    const client = new pg.Client({ connectionString: await url(side) });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const evidence = async (name: string) =>
    JSON.parse(await readFile(join(project.root, '.artifacts/cutover', config.cutover.sha, name), 'utf8'));
  const up = ['up', '--yes', '--skip-preview'];
  return {
    project,
    config,
    tool,
    url,
    cutover: (...args) => tool('cutover', ...(args.length > 0 ? args : up)),
    workersImage: async () => {
      const image = join(project.root, '.sallyport', 'workers');
      for (const name of ['gates', 'infra', 'package.json']) {
        await cp(join(project.root, name), join(image, name), { recursive: true });
      }
      return image;
    },
    start: async (name = 'cutover') => {
      await written();
      const { root: cwd, env } = project;
      const args = name === 'cutover' ? up : [];
      return runProgram(join(packagePrograms, 'node'), [join('tools', `${name}.ts`), ...args], { cwd, env });
    },
    approve: async (digest) => {
      const { code, output } = await tool('approve', digest ?? (await evidence('verification.json')).root);
      assert.equal(code, 0, output);
      return output;
    },
    evidence,
    sql,
    replicationOn: async (side) => (await sql<{ name: string }>(side, replication)).map(({ name }) => name),
    serving: async () => {
      const port = String((await readEnvironment(project.directory))?.database.port);
      for (const side of ['source', 'target'] as const) if (new URL(await url(side)).port === port) return side;
      return undefined;
    },
    load: () => loadDesk(project),
  };
}
