import type { ClientBase } from 'pg';
import type { FoundMigration, HistoryRow, HistoryTable, KnownMigration, MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, qualified } from './named-history.ts';
import { program } from './sections.ts';
import { byText } from './versions.ts';

const assignment = (name: string) =>
  new RegExp(`^${name}\\s*(?::[^=\\n]*)?=\\s*(\\([^)]*\\)|\\[[^\\]]*\\]|[^\\n#]*)`, 'm');

/** Alembic: Python files that name their revision and the ones before it; the history holds the heads only. */
export const alembic: MigrationTool = {
  name: 'alembic',
  command: ['alembic', 'upgrade', 'head'],
  table: { schema: 'public', table: 'alembic_version' },
  shape: { has: ['version_num'] },
  repair: 'alembic leaves no half-applied history, unless a migration uses autocommit_block()',
  uniqueVersions: true,
  find: ({ paths, read }) =>
    paths
      .filter((file) => file.endsWith('.py'))
      .flatMap((file): FoundMigration[] => {
        const text = read(file).toString('utf8');
        const [revision] = namesIn(assignment('revision').exec(text)?.[1]);
        const before = ['down_revision', 'depends_on'].flatMap((key) => namesIn(assignment(key).exec(text)?.[1]));
        return revision === undefined ? [] : [{ name: revision, file, after: before }];
      }),
  versionOf: (name) => name,
  compare: byText, // Names say nothing about the order: `order` does.
  order,
  sections: ({ file, up }) => program(file, !/\bautocommit_block\s*\(/.test(up)),
  readHistory,
  // What `alembic stamp` writes: the revisions that none of the others follows.
  stamp: ({ table }, migrations) => {
    const followed = new Set(migrations.flatMap((each) => each.after ?? []));
    const heads = migrations.filter(({ name }) => !followed.has(name));
    return [
      createTable(table, 'version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num)'),
      insertNames(table, 'version_num', 'name', heads),
    ];
  },
};

/** Each one after those it follows; where that leaves a choice, by file name. */
function order(found: readonly FoundMigration[]): readonly FoundMigration[] {
  const byName = new Map(found.map((each) => [each.name, each]));
  const done = new Set<string>();
  const ordered: FoundMigration[] = [];
  const add = (start: FoundMigration) => {
    const stack = [start];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const waiting = (top.after ?? []).map((name) => byName.get(name)).find((each) => each && !done.has(each.name));
      if (waiting !== undefined && !stack.includes(waiting)) stack.push(waiting);
      else {
        stack.pop();
        if (!done.has(top.name)) ordered.push(top);
        done.add(top.name);
      }
    }
  };
  for (const each of [...found].sort((a, b) => byText(a.file, b.file))) add(each);
  return ordered;
}

async function readHistory(
  client: ClientBase,
  table: HistoryTable,
  known: readonly KnownMigration[],
): Promise<readonly HistoryRow[]> {
  const { rows } = await client.query<{ name: string }>(
    `select version_num as name from ${qualified(table)} order by 1`,
  );
  const heads = rows.map((row) => row.name);
  const byName = new Map(known.map((each) => [each.name, each]));
  const applied = new Set<string>();
  const open = [...heads];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (applied.has(name)) continue;
    applied.add(name);
    open.push(...(byName.get(name)?.after ?? []));
  }
  const unknown = heads.filter((name) => !byName.has(name));
  const inOrder = [...known.map((each) => each.name).filter((name) => applied.has(name)), ...unknown];
  return inOrder.map((name) => ({ name, state: 'applied', ...(!heads.includes(name) && { assumed: true as const }) }));
}

/** The quoted names in a Python value: none in None, one in a string, several in a tuple. */
function namesIn(value: string | undefined): readonly string[] {
  return [...(value ?? '').matchAll(/(['"])([^'"]+)\1/g)].map((match) => match[2] ?? '');
}
