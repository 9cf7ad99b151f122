import { readEnvironment, variables } from '../service/environment.ts';
import { serveUntilStopped } from '../service/server.ts';
import { openDeskApi } from './desk-api.ts';
import { createWeb } from './web.ts';

const { PORT, HOST, API_URL, API_TOKEN } = variables;
const environment = readEnvironment('web', { PORT, HOST, API_URL, API_TOKEN });

serveUntilStopped({
  name: 'web',
  app: createWeb(openDeskApi(environment.API_URL, environment.API_TOKEN)),
  host: environment.HOST,
  port: environment.PORT,
  close: async () => undefined,
});
