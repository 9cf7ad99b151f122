/** The SQL of a migration, and how its tool runs it. Line numbers of the file stay: what is left out is empty lines. */
export interface Sections {
  readonly up: string;
  readonly down: string | undefined;
  /** Whether the tool runs the up section inside a transaction, its own or the one the server makes of several statements. */
  readonly transactional: boolean;
  readonly downTransactional: boolean;
  /** Whether `up` is the SQL that will run. If not, `reason` says why and nothing is known of what it does. */
  readonly evaluated: boolean;
  readonly reason?: string;
}

const languages: Readonly<Record<string, string>> = {
  js: 'JavaScript',
  cjs: 'JavaScript',
  mjs: 'JavaScript',
  ts: 'TypeScript',
  cts: 'TypeScript',
  mts: 'TypeScript',
  go: 'Go',
  py: 'Python',
  rs: 'Rust',
  java: 'Java',
  kt: 'Kotlin',
};

/** The programming language of a file that is not SQL; undefined for SQL. */
export function languageOf(file: string): string | undefined {
  const extension = file.slice(file.lastIndexOf('.') + 1).toLowerCase();
  return extension === 'sql' ? undefined : (languages[extension] ?? `a .${extension} file`);
}

/** Files that stand beside migrations and are none. */
const neverMigration = /\.d\.[cm]?ts$|(^|\/)(__init__|env)\.py$|_test\.go$/;

/** Whether a file looks like a migration of some tool, so that one which the tool passes over is worth a word. */
export function isScript(path: string): boolean {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return !neverMigration.test(path) && (extension === 'sql' || languages[extension] !== undefined);
}

/** A migration written in a programming language: its SQL is known only by running it. */
export function program(file: string, transactional: boolean): Sections {
  const reason = `written in ${languageOf(file)}: its SQL is known only by running it`;
  return { up: '', down: undefined, transactional, downTransactional: transactional, evaluated: false, reason };
}

/** A migration of SQL files. */
export function sql(
  up: string,
  down: string | undefined,
  transactional: boolean,
  downTransactional = transactional,
): Sections {
  return { up, down, transactional, downTransactional, evaluated: true };
}

/** A file that the tool itself would refuse. */
export function unreadable(transactional: boolean, reason: string): Sections {
  return { up: '', down: undefined, transactional, downTransactional: transactional, evaluated: false, reason };
}

/** The lines of `text` from `from` up to before `to` (counted from 0), all others empty. */
export function linesOf(text: string, from: number, to = Number.POSITIVE_INFINITY): string {
  return ('\n'.repeat(from) + text.slice(startOf(text, from), startOf(text, to))).trimEnd();
}

/** Where a line begins (counted from 0); the end of the text when it has fewer lines. */
function startOf(text: string, line: number): number {
  let at = 0;
  for (let count = 0; count < line; count += 1) {
    const end = text.indexOf('\n', at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  return at;
}
