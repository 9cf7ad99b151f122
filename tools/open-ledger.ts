import type { Client } from 'pg';
import { connect } from '../gates/kernel/database.ts';
import { openPlatform } from '../gates/kernel/open-platform.ts';
import { readEnvironment } from '../infra/local/environment.ts';
import type { DatabaseAddress, PlatformAddress } from '../infra/platform.ts';
import type { StackConfig } from '../stacks/config.ts';
import { SetupError } from './setup-error.ts';

/** Runs work on a session that reads and writes the ledger of a stack's database. */
export async function withLedger<T>(config: StackConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const { address, database } = await whereLedgerIs(config);
  const client = await connect(await openPlatform(address), database, 'gates', 'sallyport ledger');
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Where the database of a stack is, and the platform that opens it, for a process that can reach it. */
export async function whereLedgerIs({ platform }: StackConfig): Promise<{
  readonly address: PlatformAddress;
  readonly database: DatabaseAddress;
}> {
  switch (platform.kind) {
    case 'local': {
      const environment = await readEnvironment(platform.directory);
      if (environment !== undefined) return environment;
      const needed = `found no environment running in ${platform.directory}; start it: npm start`;
      throw new SetupError('ENVIRONMENT_NOT_RUNNING', needed);
    }
    case 'azure':
      return (await import('./azure-ledger.ts')).azureLedger(platform);
    default:
      return platform satisfies never;
  }
}
