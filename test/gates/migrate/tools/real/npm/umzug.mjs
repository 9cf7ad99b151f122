import { Sequelize } from 'sequelize';
import { SequelizeStorage, Umzug } from 'umzug';

const [directory, url] = process.argv.slice(2);
const sequelize = new Sequelize(url, { logging: false });
const umzug = new Umzug({
  migrations: { glob: ['*.{js,cjs,mjs}', { cwd: directory }] },
  context: sequelize.getQueryInterface(),
  storage: new SequelizeStorage({ sequelize }),
  logger: undefined,
});
try {
  await umzug.up();
} finally {
  await sequelize.close();
}
