import type { Client } from 'pg';
import { connect } from '../gates/kernel/database.ts';
import { openPlatform } from '../gates/kernel/open-platform.ts';
import { readEnvironment } from '../infra/local/environment.ts';
import type { StackConfig } from '../stacks/config.ts';
import { localDirectory } from './local-directory.ts';
import { SetupError } from './setup-error.ts';

/** Runs work on a session that reads and writes the ledger of a stack's database. */
export async function withLedger<T>(config: StackConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const directory = localDirectory(config);
  const environment = await readEnvironment(directory);
  if (environment === undefined) {
    throw new SetupError(
      'ENVIRONMENT_NOT_RUNNING',
      `found no environment running in ${directory}; start it: npm start`,
    );
  }
  const platform = await openPlatform(environment.address);
  const client = await connect(platform, environment.database, 'gates', 'sallyport ledger');
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
