import type { ContainerApps } from './container-apps/container-apps.ts';

/** Where a platform answers. Plain JSON without secrets: it is the input of every gate that talks to the platform. */
export interface PlatformAddress {
  readonly kind: 'local' | 'azure';
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** ARM id of the managed environment. */
  readonly environmentId: string;
  /** ARM endpoint, `http://127.0.0.1:PORT` on the local platform; absent means the public cloud. */
  readonly endpoint?: string;
  /** Local only: the environment's directory, relative to the project root. Its 0600 files hold the token and passwords. */
  readonly directory?: string;
}

/** Where the application's database is. No password: see {@link Platform.databasePassword}. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: boolean;
}

/** A database role of a release: `gates` reads and keeps the ledger, `migrator` does DDL, `app` does DML only. */
export type DatabaseRole = 'gates' | 'migrator' | 'app';

/** A platform that a gate can talk to, opened from its address. */
export interface Platform {
  readonly address: PlatformAddress;
  readonly apps: ContainerApps;
  /** The password (or token) of a role, fetched for each connection. */
  databasePassword(role: DatabaseRole): Promise<string>;
}
