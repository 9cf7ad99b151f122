import { openDatabase } from '../service/database.ts';
import { readEnvironment, variables } from '../service/environment.ts';
import { serveUntilStopped } from '../service/server.ts';
import { createApi } from './api.ts';

const { PORT, HOST, DATABASE_URL, API_TOKEN } = variables;
const environment = readEnvironment('api', { PORT, HOST, DATABASE_URL, API_TOKEN });
const database = openDatabase('api', environment.DATABASE_URL);

serveUntilStopped({
  name: 'api',
  app: createApi(database, environment.API_TOKEN),
  host: environment.HOST,
  port: environment.PORT,
  close: () => database.end(),
});
