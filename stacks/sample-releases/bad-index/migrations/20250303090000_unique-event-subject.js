// Fails: several events share a subject. Built concurrently, what is left behind is an index that PostgreSQL calls invalid.

/** @param {import('node-pg-migrate').MigrationBuilder} pgm */
export const up = (pgm) => {
  pgm.noTransaction();
  pgm.sql('create unique index concurrently events_subject_unique on events (subject)');
};

/** @param {import('node-pg-migrate').MigrationBuilder} pgm */
export const down = (pgm) => {
  pgm.noTransaction();
  pgm.sql('drop index concurrently events_subject_unique');
};
