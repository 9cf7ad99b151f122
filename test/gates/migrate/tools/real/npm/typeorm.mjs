import 'reflect-metadata';
import { DataSource } from 'typeorm';

const [directory, url] = process.argv.slice(2);
const source = new DataSource({ type: 'postgres', url, migrations: [`${directory}/*.{js,cjs,mjs}`] });
await source.initialize();
try {
  await source.runMigrations({ transaction: 'each' });
} finally {
  await source.destroy();
}
