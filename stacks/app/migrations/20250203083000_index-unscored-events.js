// The worker's queue. An index on a table in use is built concurrently, which PostgreSQL refuses inside a transaction:
// so it stands alone in its own migration.

/** @param {import('node-pg-migrate').MigrationBuilder} pgm */
export const up = (pgm) => {
  pgm.noTransaction();
  pgm.sql('create index concurrently events_unscored on events (id) where scored_at is null');
};

/** @param {import('node-pg-migrate').MigrationBuilder} pgm */
export const down = (pgm) => {
  pgm.noTransaction();
  pgm.sql('drop index concurrently events_unscored');
};
