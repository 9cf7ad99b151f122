import { setTimeout as delay } from 'node:timers/promises';
import type { MigrationBuilder } from 'node-pg-migrate';

/** Hangs outside of any statement, where no timeout of the database reaches: as a call to a service that never answers. */
export const up = async (pgm: MigrationBuilder): Promise<void> => {
  await delay(3_600_000);
  pgm.addColumn('events', { approved_by: { type: 'text' } });
};

export const down = (pgm: MigrationBuilder): void => {
  pgm.dropColumn('events', 'approved_by');
};
