import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { MigrationFile, Release } from '../../../../../gates/kernel/release.ts';
import { type History, readHistory } from '../../../../../gates/migrate/history.ts';
import { sectionsIn } from '../../../../../gates/migrate/migration-sections.ts';
import { type MigrationSet, migrationSet } from '../../../../../gates/migrate/migration-set.ts';
import { migrationTool } from '../../../../../gates/migrate/tools/index.ts';
import type { Sections } from '../../../../../gates/migrate/tools/sections.ts';
import { type DeskServer, query } from '../../../../stacks/app/desk-database.ts';
import { sampleRelease } from '../../../sample-release.ts';

/** Migrations of a tool in a folder of their own, and a database of their own. */
export interface ToolProject {
  readonly directory: string;
  readonly url: string;
  /** Writes files into the directory. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(file: string): Promise<void>;
  set(): MigrationSet;
  history(settings?: Release['migrations']['history']): Promise<History>;
  /** What a release would say of the migrations. */
  migrations(settings?: Release['migrations']['history']): Release['migrations'];
  /** Opens a session, for `work` only. */
  session<T>(work: (client: Client) => Promise<T>): Promise<T>;
  sections(file: string): Sections;
  /** What the migrations wrote into table `trace`, in the order in which they ran. */
  trace(): Promise<readonly string[]>;
  query(sql: string): Promise<unknown[]>;
}

let count = 0;

/** Makes a project. Each migration is to say its name in table `trace`. */
export async function toolProject(server: DeskServer, root: string, tool: string): Promise<ToolProject> {
  count += 1;
  const { admin } = await server.create(`project_${count}`);
  await query(admin, 'create table trace (id int generated always as identity, name text)');
  const directory = join(root, `project-${count}`, 'migrations');
  await mkdir(directory, { recursive: true });
  const adapter = migrationTool(tool);
  const set = () => migrationSet(directory, adapter);
  const migrations: ToolProject['migrations'] = (settings) => {
    const files = [...set().files];
    return { ...sampleRelease().migrations, tool, files, ...(settings && { history: settings }) };
  };
  const session: ToolProject['session'] = async (work) => {
    const client = new Client({ connectionString: admin });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  return {
    directory,
    url: admin,
    write: async (files) => {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(directory, path)), { recursive: true });
        await writeFile(join(directory, path), text);
      }
    },
    remove: (file) => rm(join(directory, file)),
    set,
    migrations,
    session,
    history: (settings) => session((client) => readHistory(client, migrations(settings))),
    sections: (file) => sectionsIn(directory, adapter)(byFile(set().files, file)),
    trace: async () =>
      (await query<{ name: string }>(admin, 'select name from trace order by id')).map((row) => row.name),
    query: (sql) => query(admin, sql),
  };
}

/** The tool ran everything in the adapter's order, and the adapter reads all of it as applied, with the tool's own checksums. */
export async function assertApplied(project: ToolProject): Promise<void> {
  const { files } = project.set();
  assert.deepEqual(
    await project.trace(),
    files.map((file) => file.file),
  );
  const { applied, rows, exists, others } = await project.history();
  assert.equal(exists, true);
  assert.deepEqual(others, []);
  assert.deepEqual([...applied].sort(), files.map((file) => file.name).sort());
  for (const row of rows) assert.equal(row.state, 'applied');
  for (const file of files.filter((each) => each.checksum !== undefined)) {
    assert.equal(rows.find((row) => row.name === file.name)?.checksum, file.checksum, file.file);
  }
}

/** SQL that notes the name of its file. */
export function traced(file: string): string {
  return `insert into trace (name) values ('${file}');`;
}

function byFile(files: readonly MigrationFile[], file: string): MigrationFile {
  const found = files.find((each) => each.file === file);
  if (found === undefined) throw new Error(`no migration ${file} among ${files.map((each) => each.file).join(', ')}`);
  return found;
}
