import type { MigrationTool } from './migration-tool.ts';
import { nodePgMigrate } from './node-pg-migrate.ts';

/** The migration tools that Sallyport knows, by the name used in the configuration. */
export const migrationTools: Readonly<Record<string, MigrationTool>> = Object.fromEntries(
  [nodePgMigrate].map((tool) => [tool.name, tool]),
);

/** The adapter of a tool. @throws Error naming the tools there are. */
export function migrationTool(name: string): MigrationTool {
  const tool = migrationTools[name];
  if (tool === undefined)
    throw new Error(`no migration tool "${name}"; there is ${Object.keys(migrationTools).join(', ')}`);
  return tool;
}
