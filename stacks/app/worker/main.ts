import { Hono } from 'hono';
import { databaseTrouble, openDatabase } from '../service/database.ts';
import { readEnvironment, variables } from '../service/environment.ts';
import { serveUntilStopped } from '../service/server.ts';
import { startWorker } from './worker.ts';

const { PORT, HOST, DATABASE_URL, STANDBY, POLL_MILLISECONDS } = variables;
const environment = readEnvironment('worker', { PORT, HOST, DATABASE_URL, STANDBY, POLL_MILLISECONDS });
const database = openDatabase('worker', environment.DATABASE_URL);
// A candidate stands by: it shows that it starts and reaches the database, and leaves the work to the release that serves.
const worker = environment.STANDBY ? undefined : startWorker(database, environment.POLL_MILLISECONDS);
const mode = worker ? 'working' : 'standby';

const health = new Hono().get('/healthz', async (c) => {
  const reason = worker?.trouble() ?? (await databaseTrouble(database));
  return reason ? c.json({ status: 'unavailable', reason, mode }, 503) : c.json({ status: 'ok', mode }, 200);
});

serveUntilStopped({
  name: 'worker',
  app: health,
  host: environment.HOST,
  port: environment.PORT,
  close: async () => {
    await worker?.stop();
    await database.end();
  },
});
