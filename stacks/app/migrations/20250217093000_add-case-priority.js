/** @param {import('node-pg-migrate').MigrationBuilder} pgm */
export const up = (pgm) => {
  pgm.addColumn('cases', {
    priority: { type: 'text', notNull: true, default: 'normal', check: "priority in ('normal', 'urgent')" },
  });
};

/** @param {import('node-pg-migrate').MigrationBuilder} pgm */
export const down = (pgm) => {
  pgm.dropColumn('cases', 'priority');
};
