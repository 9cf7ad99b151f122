import { digestOf } from '../kernel/digest.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import { digestVersion } from './row-digest.ts';
import type { TableDigest } from './table-digest.ts';

/** A named group of tables: each is named, or `schema.*` takes those of a schema that no module names. */
export interface ModuleDefinition {
  readonly name: string;
  readonly tables: readonly string[];
}

/** Table name → its module's name. */
export type ModuleOfTable = ReadonlyMap<string, string>;

/** The roots that are recorded and approved. */
export interface Roots {
  readonly version: number;
  readonly database: string;
  readonly modules: Readonly<
    Record<string, { readonly root: string; readonly tables: Readonly<Record<string, string>> }>
  >;
}

/** Which module each table is in. A table in none, in two, or named and not there is a finding: nothing goes unverified. */
export function assignModules(definitions: readonly ModuleDefinition[], tables: readonly string[]) {
  const findings: Finding[] = [];
  const assigned = new Map<string, string>();
  const refuse = (about: string, found: string, needed: string) =>
    findings.push(blocker('MODULES_INCOMPLETE', about, found, needed));
  for (const table of tables) {
    const byName = definitions.filter((module) => module.tables.includes(table));
    const bySchema = definitions.filter((module) =>
      module.tables.some((t) => t.endsWith('.*') && schemaOf(table) === schemaOf(t)),
    );
    const [module, ...others] = byName.length > 0 ? byName : bySchema;
    if (module === undefined) refuse(table, 'a table in no module', 'every table in one module');
    else if (others.length > 0) {
      refuse(
        table,
        `a table in ${[module, ...others].map(({ name }) => name).join(', ')}`,
        'every table in one module',
      );
    } else assigned.set(table, module.name);
  }
  for (const { name, tables: listed } of definitions) {
    for (const table of listed.filter((t) => !t.endsWith('.*') && !tables.includes(t))) {
      refuse(table, `module ${name} names it, and it is not there`, 'tables that are there');
    }
  }
  return { modules: assigned as ModuleOfTable, findings };
}

/** The roots of a database: one a table, one a module, and one over all. */
export function rootsOf(digests: readonly TableDigest[], modules: ModuleOfTable): Roots {
  const byModule = new Map<string, Record<string, string>>();
  for (const { table, root } of digests) {
    const module = modules.get(table.name);
    if (module === undefined) throw new Error(`table ${table.name} is in no module; needed one from assignModules`);
    byModule.set(module, { ...byModule.get(module), [table.name]: root });
  }
  const roots = [...byModule].map(([name, tables]) => [name, { root: digestOf({ name, tables }), tables }] as const);
  const database = digestOf({ version: digestVersion, modules: roots.map(([name, { root }]) => [name, root]).sort() });
  return { version: digestVersion, database, modules: Object.fromEntries(roots) };
}

/** Names are quoted where they must be, so that the last dot outside quotes parts schema and table. */
function schemaOf(name: string): string {
  return /^("(?:[^"]|"")*"|[^."]+)\./.exec(name)?.[1] ?? name;
}
