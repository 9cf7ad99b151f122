import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { EnvironmentError } from '../environment-error.ts';
import { environmentPaths } from '../environment-paths.ts';
import { readSecret } from '../secrets.ts';
import { readIfThere, writeAtomic } from '../write-atomic.ts';
import { databaseName } from './postgres-roles.ts';

/** SQL files, in their order, that make what migrations expect of an empty database: roles, schemas, extensions. */
export const bootstrapSchema = z.array(z.strictObject({ file: z.string(), sha256: z.string(), sql: z.string() }));

export type BootstrapSql = z.infer<typeof bootstrapSchema>;

const anyTable = `
select from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport') limit 1`;

const fileOf = (directory: string) => join(environmentPaths(directory).directory, 'bootstrap.json');

/** Keeps the files with the environment, for every empty database that it makes from now on. */
export async function keepBootstrap(directory: string, files: BootstrapSql): Promise<void> {
  await writeAtomic(fileOf(directory), `${JSON.stringify(files, null, 2)}\n`);
}

/**
 * Runs the environment's files on the server at `port` as its superuser, each in one transaction, as long as the
 * application has no table there. They may run again, so they say `if not exists`.
 * @throws EnvironmentError BOOTSTRAP_SQL_FAILED; of the file that failed nothing is left.
 */
export async function runBootstrap(directory: string, port: number): Promise<void> {
  const text = await readIfThere(fileOf(directory));
  const files = text === undefined ? [] : bootstrapSchema.parse(JSON.parse(text));
  if (files.length === 0) return;
  const password = await readSecret(environmentPaths(directory).directory, 'database-password-postgres');
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password, database: databaseName });
  await client.connect();
  try {
    if ((await client.query(anyTable)).rowCount !== 0) return;
    for (const { file, sql } of files) await runFile(client, file, sql);
  } finally {
    await client.end();
  }
}

async function runFile(client: Client, file: string, sql: string): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('commit');
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(
      'BOOTSTRAP_SQL_FAILED',
      `found ${file} of sallyport:migrations.bootstrap ending with "${found}"; needed SQL that runs, and runs again, on an empty database. Do: mend the file, then run \`pulumi up\` again.`,
      { cause: error },
    );
  }
}
