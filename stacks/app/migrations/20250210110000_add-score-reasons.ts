import type { MigrationBuilder } from 'node-pg-migrate';

/** Why an event has its score, in words a person at the desk can read. */
export const up = (pgm: MigrationBuilder): void => {
  pgm.addColumn('events', { score_reasons: { type: 'text[]', notNull: true, default: pgm.func("'{}'") } });
};

export const down = (pgm: MigrationBuilder): void => {
  pgm.dropColumn('events', 'score_reasons');
};
