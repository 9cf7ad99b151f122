import type { ContainerApps } from './container-apps/container-apps.ts';
import type { FlexibleServerState } from './postgres-flexible/flexible-server.ts';

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
  /** Azure only: what gates need beside the ids above. */
  readonly azure?: AzureAddress;
}

/** What the gates need to know of an estate on Azure. ARM ids, names and addresses; nothing secret. */
export interface AzureAddress {
  readonly tenantId: string;
  /** ARM id of the flexible server. */
  readonly serverId: string;
  /** Where console logs go, as the managed environment has it. `workspaceId` is the workspace's customer id, a GUID. */
  readonly logs: { readonly destination: 'log-analytics' | 'azure-monitor' | 'none'; readonly workspaceId?: string };
  /** Where gates run: in the process of the engine's provider, or as executions of a job inside the environment. */
  readonly gates:
    | { readonly runner: 'in-process' }
    | { readonly runner: 'job'; readonly job: string /** URL of the blob container. */; readonly container: string };
}

/** Where the application's database is. No password: see {@link Platform.databasePassword}. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: boolean;
  /** What the roles are called on the server, where that is not their own name: on Azure, the names of the identities. */
  readonly users?: Readonly<Record<DatabaseRole, string>>;
}

/** A database role of a release: `gates` reads and keeps the ledger, `migrator` does DDL, `app` does DML only. */
export type DatabaseRole = 'gates' | 'migrator' | 'app';

/** A platform that a gate can talk to, opened from its address. */
export interface Platform {
  readonly address: PlatformAddress;
  readonly apps: ContainerApps;
  /** The password (or token) of a role, fetched for each connection. */
  databasePassword(role: DatabaseRole): Promise<string>;
  /** Azure only: what the platform says of the database's server; undefined when it is not there. */
  readServer?(signal: AbortSignal): Promise<FlexibleServerState | undefined>;
  /** Which database the application has; absent where it cannot be given another one. */
  readonly pointer?: Pointer;
  /** What the platform can do beside production; absent where it can do nothing of the kind. */
  readonly workbench?: Workbench;
}

/** The one value that says which database the application has. Services read it when they start. */
export interface Pointer {
  read(): Promise<DatabaseAddress>;
  /** Idempotent. Replicas that run keep the database that they started with. */
  point(to: DatabaseAddress): Promise<void>;
}

/** Throw-away servers, copies of the whole server, and programs that run against them. Production is never written to. */
export interface Workbench {
  /** An empty server of production's major version with the release's roles; the last one of that name is gone. */
  openScratch(name: string): Promise<ThrowAwayServer>;
  /** The same with what the bootstrap SQL of the configuration makes, as production had it before its first migration. */
  openBootstrapped(name: string): Promise<ThrowAwayServer>;
  /** Runs a program of an image to its end. @throws an abort's reason when the signal fires first. */
  run(program: ImageProgram, signal: AbortSignal): Promise<{ readonly code: number; readonly output: string }>;
  readonly backups: BaseBackups;
}

/** A server that nobody else uses and that `close` removes. Roles and their passwords are the platform's. */
export interface ThrowAwayServer {
  readonly database: DatabaseAddress;
  close(): Promise<void>;
}

/** A program as an image has it; the working directory is the image's, or a folder copied from it. */
export interface ImageProgram {
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Base backups: copies of the server's files, taken while it serves. A server started from one recovers by its WAL. */
export interface BaseBackups {
  /** Complete ones, newest first. */
  list(): Promise<readonly BaseBackup[]>;
  /** Takes one, or finds the complete one of that name. */
  take(name: string): Promise<BaseBackup>;
  /** Starts a throw-away server from a copy of it. @throws when its files are not as they were taken. */
  open(name: string): Promise<ThrowAwayServer>;
  remove(name: string): Promise<void>;
}

/** What is known of a complete base backup. */
export interface BaseBackup {
  readonly name: string;
  readonly takenAt: string;
  /** The folder, relative to the project where it is below it. */
  readonly where: string;
  readonly bytes: number;
  readonly files: number;
  /** SHA-256 over the paths and contents of all files. */
  readonly digest: string;
  readonly stopLsn: string;
}
