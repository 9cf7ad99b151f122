import { alembic } from './alembic.ts';
import { atlas } from './atlas.ts';
import { dbmate } from './dbmate.ts';
import { diesel } from './diesel.ts';
import { drizzle } from './drizzle.ts';
import { flyway } from './flyway.ts';
import { golangMigrate } from './golang-migrate.ts';
import { goose } from './goose.ts';
import { knex } from './knex.ts';
import { kysely } from './kysely.ts';
import type { MigrationTool } from './migration-tool.ts';
import { nodePgMigrate } from './node-pg-migrate.ts';
import { plainSql } from './plain-sql.ts';
import { prisma } from './prisma.ts';
import { sequelize } from './sequelize.ts';
import { sqlx } from './sqlx.ts';
import { supabase } from './supabase.ts';
import { typeorm } from './typeorm.ts';

const tools: readonly MigrationTool[] = [
  alembic,
  atlas,
  dbmate,
  diesel,
  drizzle,
  flyway,
  golangMigrate,
  goose,
  knex,
  kysely,
  nodePgMigrate,
  plainSql,
  prisma,
  sequelize,
  sqlx,
  supabase,
  typeorm,
];

/** The migration tools that Sallyport knows, by the name used in the configuration. */
export const migrationTools: Readonly<Record<string, MigrationTool>> = Object.fromEntries(
  tools.map((tool) => [tool.name, tool]),
);

/** The adapter of a tool. @throws Error naming the tools there are. */
export function migrationTool(name: string): MigrationTool {
  const tool = migrationTools[name];
  if (tool === undefined)
    throw new Error(`no migration tool "${name}"; there is ${Object.keys(migrationTools).join(', ')}`);
  return tool;
}
