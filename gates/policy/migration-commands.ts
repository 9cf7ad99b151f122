/**
 * How migration tools are called, as a command line has it somewhere: the tool and the verb that changes a schema. What
 * only looks (`status`, `validate`) is not among them.
 */
export const migrationCommands: Readonly<Record<string, RegExp>> = {
  'node-pg-migrate': /\bnode-pg-migrate\b(?!\s+create)/,
  prisma: /\bprisma\b.*\b(migrate\s+(deploy|dev|reset)|db\s+(push|execute))\b/,
  drizzle: /\bdrizzle-kit\s+(migrate|push)\b/,
  knex: /\bknex\b.*\bmigrate:(latest|up|down|rollback)\b/,
  kysely: /\bkysely(-ctl)?\b.*\bmigrate[:\s](latest|up|down|rollback)\b/,
  typeorm: /\btypeorm\S*\b.*\b(migration:(run|revert)|schema:(sync|drop))\b/,
  sequelize: /\bsequelize(-cli)?\b.*\bdb:migrate\b(?!:status)/,
  dbmate: /\bdbmate\b.*\b(up|migrate|rollback|down|load)\b/,
  goose: /\bgoose\b.*\b(up|up-to|up-by-one|down|down-to|redo|reset)\b/,
  'golang-migrate': /(^|[\s/])migrate\s.*\b(up|down|goto|drop|force)\b/,
  flyway: /\bflyway\b.*\b(migrate|clean|undo|repair)\b/,
  liquibase: /\bliquibase\b.*\b(update|rollback|drop-all)\b/,
  alembic: /\balembic\b.*\b(upgrade|downgrade|stamp)\b/,
  diesel: /\bdiesel\b.*\b(migration\s+(run|redo|revert)|database\s+(setup|reset))\b/,
  sqlx: /\bsqlx\b.*\b(migrate\s+(run|revert)|database\s+(setup|reset))\b/,
  atlas: /\batlas\b.*\b(migrate|schema)\s+(apply|down)\b/,
  supabase: /\bsupabase\b.*\b(db\s+(push|reset)|migration\s+(up|down))\b/,
  django: /\bmanage\.py\s+migrate\b/,
  rails: /\b(rails|rake)\b.*\bdb:(migrate|schema:load|setup)\b/,
  'entity framework': /\b(dotnet[\s-]ef\b.*\bdatabase\s+update\b|efbundle\b)/,
  'psql with a file': /\bpsql\b.*\s(-f|--file)\b/,
  'a package script':
    /\b(npm|pnpm|yarn|bun)\s+(run\s+)?((db|database|schema|prod\w*):)?migrat(e|ions?)(:(up|run|deploy|latest|prod\w*))?(?=$|[\s"';&|)])/,
  'a migration program': /(^|[\s/])(run-?)?migrat(e|ions?)\.([cm]?[jt]s|py|rb|sh|php)\b/,
};

/** The migration tool that a command line calls, if one is known in it. */
export function migrationToolIn(command: string): string | undefined {
  return Object.entries(migrationCommands).find(([, pattern]) => pattern.test(command))?.[0];
}
