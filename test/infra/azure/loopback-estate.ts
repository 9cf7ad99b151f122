import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openPlatform } from '../../../gates/kernel/open-platform.ts';
import { imageDigest, importImage } from '../../../infra/local/images.ts';
import { readSecret } from '../../../infra/local/secrets.ts';
import type { DatabaseAddress, PlatformAddress } from '../../../infra/platform.ts';
import { freshDatabase, sharedEnvironment, type TestDatabase } from '../../gates/local-environment.ts';
import { armResource, databaseResource, ownIdentityEndpoint, useIdentity } from '../../support/identity-endpoint.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { azureAddress } from './sample-address.ts';

/** The ARM endpoint and the PostgreSQL of this machine, at an address of kind azure; `close` gives the identity back. */
export interface LoopbackEstate {
  readonly platform: PlatformAddress;
  readonly database: DatabaseAddress;
  /** As whoever deploys: apps are declared here by hand. */
  readonly local: PlatformAddress;
  /** The test program, in the environment's images. */
  readonly image: string;
  readonly session: TestDatabase['session'];
  close(): void;
}

/** Tokens are what this machine's platform and database take: the gates get them the way they get Azure's. */
export async function loopbackEstate(): Promise<LoopbackEstate> {
  const { environment, directory } = await sharedEnvironment();
  const { database, platform: local, session } = await freshDatabase();
  const identity = await ownIdentityEndpoint();
  identity.state.fault = undefined;
  identity.state.tokens = {
    [armResource]: await readFile(join(directory, 'token'), 'utf8'),
    [databaseResource]: await readSecret(directory, 'database-password-gates'),
  };
  const close = useIdentity(identity.environment);
  const { subscriptionId, resourceGroup, environmentId, endpoint = '' } = environment.address;
  const platform = azureAddress({ subscriptionId, resourceGroup, environmentId, endpoint });
  return { platform, database, local, session, image: await testImage(directory), close };
}

/** A platform of this estate as whoever deploys sees it. */
export async function deployer({ local }: LoopbackEstate) {
  return (await openPlatform(local)).apps;
}

async function testImage(directory: string): Promise<string> {
  const folder = await temporaryFolder();
  try {
    await cp(join(import.meta.dirname, '../local/program.mjs'), join(folder.path, 'program.mjs'));
    const digest = await imageDigest(folder.path);
    await importImage(directory, folder.path, digest);
    return `program@sha256:${digest}`;
  } finally {
    await folder.remove();
  }
}
