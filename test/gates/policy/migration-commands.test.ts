import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { migrationToolIn } from '../../../gates/policy/migration-commands.ts';

const migrating: Readonly<Record<string, string>> = {
  'npx node-pg-migrate up': 'node-pg-migrate',
  'npx prisma migrate deploy && node server.js': 'prisma',
  'prisma db push --accept-data-loss': 'prisma',
  'drizzle-kit migrate': 'drizzle',
  'knex --env production migrate:latest': 'knex',
  'kysely migrate:latest': 'kysely',
  'node_modules/.bin/typeorm-ts-node-esm migration:run -d source.ts': 'typeorm',
  'sequelize-cli db:migrate': 'sequelize',
  'dbmate --url x up': 'dbmate',
  'goose postgres x up': 'goose',
  'migrate -path migrations -database x up': 'golang-migrate',
  '/usr/bin/migrate -source file://m goto 3': 'golang-migrate',
  'flyway -url=x migrate': 'flyway',
  'liquibase --changelog-file=c update': 'liquibase',
  'uv run alembic upgrade head': 'alembic',
  'diesel migration run': 'diesel',
  'sqlx migrate run': 'sqlx',
  'atlas migrate apply --env prod': 'atlas',
  'supabase db push': 'supabase',
  'python manage.py migrate': 'django',
  'bundle exec rails db:migrate': 'rails',
  'dotnet ef database update': 'entity framework',
  'psql -v ON_ERROR_STOP=1 -f up.sql': 'psql with a file',
  'npm run db:migrate && npm start': 'a package script',
  'pnpm migrate': 'a package script',
  'node dist/migrate.js': 'a migration program',
  '/app/run-migrations.sh': 'a migration program',
};

const serving = [
  'node api/main.ts',
  'npm run lint:migrations',
  'npm start',
  'gunicorn app.wsgi',
  'prisma migrate status && node main.js',
  'sequelize-cli db:migrate:status',
  'node worker.ts --queue migrations',
  'node-pg-migrate create add-note',
  'psql -c "select 1"',
  'java -jar app.jar --spring.flyway.enabled=false',
];

describe('a migration command', () => {
  for (const [command, tool] of Object.entries(migrating)) {
    it(`is seen in: ${command}`, () => assert.equal(migrationToolIn(command), tool));
  }
  for (const command of serving) {
    it(`is not seen in: ${command}`, () => assert.equal(migrationToolIn(command), undefined));
  }
});
