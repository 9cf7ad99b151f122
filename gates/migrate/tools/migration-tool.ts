import type { ClientBase } from 'pg';

/** What Sallyport must know of a migration tool: its files, their order, and its history table. One adapter a file. */
export interface MigrationTool {
  readonly name: string;
  /** Whether a file name in the directory is a migration. */
  isMigration(file: string): boolean;
  /** The name under which the tool records a file. */
  nameOf(file: string): string;
  /** The version that must be unique; undefined when the name has none. */
  versionOf(name: string): string | undefined;
  /** The tool's own order. */
  compare(a: string, b: string): number;
  /** Names of applied migrations in the order they were applied; empty when there is no history table yet. */
  history(client: ClientBase): Promise<readonly string[]>;
}
