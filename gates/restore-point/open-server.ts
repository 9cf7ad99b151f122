import type { FlexibleServer } from '../../infra/postgres-flexible/flexible-server.ts';
import type { World } from '../kernel/world.ts';
import type { CloudFacts, RecordedConfig } from './facts.ts';

const readClock = 'select clock_timestamp() as now';

/** Opens the server of the configuration as whoever runs this. The clients are loaded where a strategy needs them only. */
export async function openServer(world: World, { server, endpoint }: RecordedConfig): Promise<FlexibleServer> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const { openFlexibleServer } = await import('../../infra/postgres-flexible/open-flexible-server.ts');
  return openFlexibleServer(server, new DefaultAzureCredential(), { endpoint, signal: world.signal });
}

/** The database server's own time and, after it, what the platform says of the server. */
export async function readCloud(world: World, server: FlexibleServer): Promise<CloudFacts> {
  const { rows } = await (await world.database()).query<{ now: Date }>(readClock);
  const [row] = rows;
  if (row === undefined) throw new TypeError('the database gave no time');
  return { clock: row.now.toISOString(), server: await server.read() };
}
