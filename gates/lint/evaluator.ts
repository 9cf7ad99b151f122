/** Started by evaluate-migrations.ts: prints the SQL of each migration program named, as node-pg-migrate would run it. */
import { argv, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { MigrationBuilder } from 'node-pg-migrate/migrationBuilder';

type Build = (pgm: MigrationBuilder, done?: () => void) => Promise<void> | void;
interface Program {
  readonly up?: Build | false;
  readonly shorthands?: Record<string, never>;
}

/** Begins each line of an answer, so that nothing a migration prints is taken for one. */
const [answerMark = '', ...paths] = argv.slice(2);
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const noDatabase = () => {
  throw new Error('it asks the database while it is being built');
};
let shorthands: Record<string, never> = {};

stdout.write(`${answerMark}ready\n`);
for (const path of paths) {
  const answer = await evaluate(path).catch((error: unknown) => ({
    kind: 'unknown',
    reason: error instanceof Error ? error.message : String(error),
  }));
  stdout.write(`${answerMark}${JSON.stringify(answer)}\n`);
}

async function evaluate(path: string) {
  const loaded = (await import(pathToFileURL(path).href)) as Program & { default?: Program };
  const program = loaded.up === undefined ? (loaded.default ?? loaded) : loaded;
  shorthands = { ...shorthands, ...program.shorthands };
  if (typeof program.up !== 'function') return { kind: 'unknown', reason: 'it exports no up' };
  return { kind: 'sql', ...(await build(program.up)) };
}

async function build(action: Build) {
  const db = { query: noDatabase, select: noDatabase, column: noDatabase, connected: false } as never;
  const pgm = new MigrationBuilder(db, shorthands, false, quiet as never) as MigrationBuilder & {
    isUsingTransaction(): boolean;
    getSqlSteps(): readonly string[];
  };
  if (action.length === 2) await new Promise<void>((done) => void action(pgm, done));
  else await action(pgm);
  const steps = pgm.getSqlSteps().map((step) => (/;\s*$/.test(step) ? step : `${step};`));
  return { up: steps.join('\n'), transactional: pgm.isUsingTransaction() };
}
