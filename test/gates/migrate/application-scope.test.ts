import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Client, escapeIdentifier as id } from 'pg';
import { readCatalog } from '../../../gates/catalog/catalog.ts';
import { compareCatalogs } from '../../../gates/catalog/compare.ts';
import { applicationScope } from '../../../gates/migrate/application-scope.ts';
import { migrationTools } from '../../../gates/migrate/tools/index.ts';
import { seed } from '../../../gates/rehearse/seed/seed.ts';
import { type DeskServer, query, startDeskServer } from '../../stacks/app/desk-database.ts';

/** Every table that a tool makes for itself, in its own place. */
const made: Readonly<Record<string, readonly string[]>> = {
  alembic: ['public.alembic_version'],
  atlas: ['atlas_schema_revisions.atlas_schema_revisions'],
  dbmate: ['public.schema_migrations'],
  diesel: ['public.__diesel_schema_migrations'],
  drizzle: ['drizzle.__drizzle_migrations'],
  flyway: ['public.flyway_schema_history'],
  'golang-migrate': ['public.schema_migrations'],
  goose: ['public.goose_db_version'],
  knex: ['public.knex_migrations', 'public.knex_migrations_lock'],
  kysely: ['public.kysely_migration', 'public.kysely_migration_lock'],
  'node-pg-migrate': ['public.pgmigrations'],
  'plain-sql': ['public.schema_migrations'],
  prisma: ['public._prisma_migrations'],
  sequelize: ['public.SequelizeMeta'],
  sqlx: ['public._sqlx_migrations'],
  supabase: ['supabase_migrations.schema_migrations', 'supabase_migrations.seed_files'],
  typeorm: ['public.migrations', 'public.typeorm_metadata'],
};

describe('what belongs to the application', () => {
  let server: DeskServer;
  let count = 0;
  before(async () => {
    server = await startDeskServer();
  });
  after(() => server.stop());

  /** The catalog's differences that these tables make, and the rows that the seed puts into them, with one table of the application. */
  async function seen(tables: readonly string[], migrations: Parameters<typeof applicationScope>[0]) {
    const { admin } = await server.create(`scope_${++count}`);
    await query(admin, 'create table orders (id serial primary key)');
    const client = new Client({ connectionString: admin });
    await client.connect();
    try {
      const scope = applicationScope(migrations);
      const without = await readCatalog(client, scope);
      let rows = 0;
      for (const [schema = '', table = ''] of tables.map((name) => name.split('.'))) {
        await client.query(`create schema if not exists ${id(schema)}`);
        await client.query(`create table ${id(schema)}.${id(table)} (id serial primary key, name text unique)`);
      }
      const differences = compareCatalogs(await readCatalog(client, scope), without);
      assert.deepEqual(await seed(client, scope.withoutSchemas, scope.withoutRelations), []);
      for (const [schema = '', table = ''] of tables.map((name) => name.split('.'))) {
        rows += (await client.query(`select from ${id(schema)}.${id(table)}`)).rowCount ?? 0;
      }
      assert.equal((await client.query('select from orders')).rowCount, 3, 'a table of the application is seeded');
      return { objects: differences.map(({ object }) => object), rows };
    } finally {
      await client.end();
    }
  }

  it('is known for every tool', () => assert.deepEqual(Object.keys(made).sort(), Object.keys(migrationTools).sort()));

  for (const [tool, tables] of Object.entries(made)) {
    it(`is not what ${tool} keeps for itself, neither compared nor seeded`, async () => {
      assert.deepEqual(await seen(tables, { tool }), { objects: [], rows: 0 });
    });
  }

  it("is not a history in another place, and is another tool's", async () => {
    const history = { schema: 'ops', table: 'done' };
    const { objects, rows } = await seen(['ops.done', 'ops.done_lock', 'public.other'], { tool: 'knex', history });
    assert.equal(rows, 3, 'public.other alone is seeded');
    assert.deepEqual(
      objects.filter((object) => object.includes('done')),
      [],
    );
    assert.ok(objects.includes('table public.other') && objects.includes('schema ops'), objects.join());
  });
});
