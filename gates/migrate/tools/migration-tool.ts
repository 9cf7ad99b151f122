import type { ClientBase } from 'pg';
import type { Sections } from './sections.ts';

/** What Sallyport must know of a migration tool: its files, their order, and its history table. One adapter a file. */
export interface MigrationTool {
  readonly name: string;
  /** The command of the migration job where the configuration names none. */
  readonly command: readonly string[];
  /** Where the tool keeps its history where the configuration names no other place. */
  readonly table: HistoryTable;
  /** Tables that the tool makes beside its history, in the same schema. */
  beside?(table: HistoryTable): readonly string[];
  /** Values stand for placeholders in this tool's SQL files even where none are configured. */
  readonly templated?: boolean;
  /** What tells its history table from that of another tool: columns that it has, and such as only others have. */
  readonly shape: { readonly has: readonly string[]; readonly lacks?: readonly string[] };
  /** How a failed or half-applied migration is put right with this tool. */
  readonly repair: string;
  /** The migrations among the files of a directory, in no particular order. */
  find(directory: MigrationDirectory): readonly FoundMigration[];
  /** What is wrong with the directory as a whole, which the tool would refuse. */
  problems?(directory: MigrationDirectory): readonly DirectoryProblem[];
  /** The version under which a name is ordered; undefined when the name has none. */
  versionOf(name: string): string | undefined;
  /** Whether two migrations may not share a version because the tool records versions and not names. */
  readonly uniqueVersions: boolean;
  /** The tool's own order of names. */
  compare(a: string, b: string): number;
  /** The tool's own order of a whole directory, where names alone do not say it. */
  order?(found: readonly FoundMigration[]): readonly FoundMigration[];
  /** The SQL of one migration and how the tool runs it. */
  sections(source: MigrationSource): Sections;
  /** What the history table says, in the order in which it happened. The table is there. */
  readHistory(
    client: ClientBase,
    table: HistoryTable,
    known: readonly KnownMigration[],
  ): Promise<readonly HistoryRow[]>;
  /** How migrations whose result is there already are written down as applied, just as the tool would have done it. */
  readonly stamp: Stamp;
}

/** Gives what writes `migrations`, in the tool's order and one at least, into a history that has none; or why that cannot be. */
export type Stamp = (history: HistoryToStamp, migrations: readonly KnownMigration[]) => readonly Statement[] | NoStamp;

/** A history before it is stamped, and whether its table is there. */
export interface HistoryToStamp {
  readonly table: HistoryTable;
  readonly exists: boolean;
}

/** A statement and the values of its parameters. */
export interface Statement {
  readonly sql: string;
  readonly values?: readonly unknown[];
}

/** Why a history cannot be stamped, and what to do about it with the tool itself. */
export interface NoStamp {
  readonly found: string;
  readonly needed: string;
}

/** A directory as it lies on disk: its files' paths, relative with slashes, and their content. */
export interface MigrationDirectory {
  readonly paths: readonly string[];
  read(path: string): Buffer;
}

/** Something in a directory that its tool would refuse. */
export interface DirectoryProblem {
  readonly about: string;
  readonly found: string;
  readonly needed: string;
}

/** A migration as a tool sees it. `name` is what its history records. */
export interface FoundMigration {
  readonly name: string;
  readonly file: string;
  readonly down?: string;
  /** A file beside it that says how it is run. */
  readonly settings?: string;
  /** The tool's own checksum, as its history has it. */
  readonly checksum?: string;
  /** Applied again whenever its content changes. */
  readonly repeatable?: true;
  /** Names of the migrations that this one follows, where the tool says so in the files. */
  readonly after?: readonly string[];
}

/** What reading a history needs of the release's migrations. */
export type KnownMigration = Pick<FoundMigration, 'name' | 'file' | 'checksum' | 'repeatable' | 'after'>;

/** The text of a migration, placeholders filled. */
export interface MigrationSource {
  readonly file: string;
  readonly up: string;
  readonly downFile?: string;
  readonly down?: string;
  /** The text of the file beside it that says how it is run. */
  readonly settings?: string;
}

/** Where a history is kept. `column` is for tools that leave its name to the user. */
export interface HistoryTable {
  readonly schema: string;
  readonly table: string;
  readonly column?: string;
}

/** One migration in the history. */
export interface HistoryRow {
  readonly name: string;
  /** `dirty`: begun and not known to have ended. */
  readonly state: 'applied' | 'failed' | 'dirty';
  readonly checksum?: string;
  /** Not in the history itself: follows from a newer version there. */
  readonly assumed?: true;
  /** What the tool wrote down about it. */
  readonly note?: string;
}
