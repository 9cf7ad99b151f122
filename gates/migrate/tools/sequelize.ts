import type { MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, namedHistory } from './named-history.ts';
import { languageOf, program, sql } from './sections.ts';
import { statementCount } from './statement-count.ts';
import { byText, flat, leadingDigits, stem } from './versions.ts';

/** Sequelize's command line and Umzug with SequelizeStorage: files known by their whole name; history in `SequelizeMeta`. */
export const sequelize: MigrationTool = {
  name: 'sequelize',
  command: ['npx', 'sequelize-cli', 'db:migrate'],
  table: { schema: 'public', table: 'SequelizeMeta' },
  shape: { has: ['name'] },
  repair: 'the tool keeps no record of a failed migration',
  uniqueVersions: false,
  find: ({ paths }) => {
    const present = new Set(paths);
    return flat(paths)
      .filter((file) => /\.([cm]?[jt]s|sql)$/.test(file) && !/\.d\.[cm]?ts$|\.down\.sql$/.test(file))
      .map((file) => {
        const base = stem(file).replace(/\.up$/, '');
        const down = [`${base}.down.sql`, `down/${file}`].find((path) => present.has(path));
        return { name: file, file, ...(down !== undefined && { down }) };
      });
  },
  versionOf: leadingDigits,
  compare: byText,
  // The tool opens no transaction; a migration may open its own.
  sections: ({ file, up, down }) => {
    if (languageOf(file) !== undefined) return program(file, false);
    return sql(up, down, statementCount(up) > 1, statementCount(down ?? '') > 1);
  },
  readHistory: (client, table) => namedHistory(client, table, { name: 'name', order: byText }),
  stamp: ({ table }, migrations) => [
    createTable(table, 'name varchar(255) not null unique, primary key (name)'),
    insertNames(table, 'name', 'name', migrations),
  ],
};
