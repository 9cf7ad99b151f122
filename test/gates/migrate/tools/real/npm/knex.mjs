import knexFactory from 'knex';

const [directory, connection, action = 'latest'] = process.argv.slice(2);
const knex = knexFactory({
  client: 'pg',
  connection,
  migrations: { directory, loadExtensions: ['.js', '.cjs', '.mjs'] },
});
try {
  await knex.migrate[action]();
} finally {
  await knex.destroy();
}
