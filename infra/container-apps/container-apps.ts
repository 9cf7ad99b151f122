/** The operations of Microsoft.App that promotion needs. Every one is a call that can fail with an {@link ArmError}. */
export interface ContainerApps {
  getApp(name: string): Promise<AppState | undefined>;
  /** Creates or replaces the app and waits for the operation to end. Retries 409 a bounded number of times. */
  putApp(name: string, app: AppSpec): Promise<AppState>;
  /**
   * Sets the weights (read, modify, write; 409 is retried after a new read). The platform replaces the whole array; labels
   * that it had are written back, on their revisions.
   */
  setTraffic(name: string, traffic: readonly TrafficWeight[]): Promise<AppState>;
  /**
   * Makes a new revision of the app as it is, with another environment (read, modify, write; 409 is retried after a new
   * read). All that the app was declared with stays. Nothing is sent when the newest revision is the one wanted already.
   * @throws ArmError APP_MOVED_ON when the newest revision is not the one to start from: it may be anybody's.
   */
  reviseApp(name: string, revision: RevisionOfApp): Promise<void>;
  deleteApp(name: string): Promise<void>;

  /** The apps of the environment that have a secret of this name, by name, and its value where it has one of its own. */
  listAppSecrets(secret: string): Promise<readonly AppSecret[]>;
  /**
   * Gives a secret another value (read, modify, write; 409 is retried after a new read), and reads it back. All other
   * secrets stay as they are, references too. It makes no revision, and what runs keeps what it was started with. Nothing
   * is sent when the value is the one wanted already.
   * @throws ArmError SECRET_IS_REFERENCE for one that is in a vault.
   */
  putAppSecret(app: string, secret: string, value: string): Promise<void>;

  /** The managed environment of the address. */
  getEnvironment(): Promise<EnvironmentState | undefined>;

  listRevisions(app: string): Promise<readonly Revision[]>;
  getRevision(app: string, revision: string): Promise<Revision | undefined>;
  activateRevision(app: string, revision: string): Promise<void>;
  deactivateRevision(app: string, revision: string): Promise<void>;
  listReplicas(app: string, revision: string): Promise<readonly Replica[]>;

  putJob(name: string, job: JobSpec): Promise<void>;
  getJob(name: string): Promise<JobSpec | undefined>;
  deleteJob(name: string): Promise<void>;
  /** Sends the start once: never retried here, because a start is not idempotent. The caller reconciles by its marker. */
  startJob(name: string, container: ContainerSpec): Promise<string>;
  listExecutions(job: string): Promise<readonly Execution[]>;
  getExecution(job: string, execution: string): Promise<Execution | undefined>;
  stopExecution(job: string, execution: string): Promise<void>;
  /** The execution's log lines, oldest first, as far as the platform still has them, and where they came from. */
  executionLogs(job: string, execution: string, tail: number): Promise<ExecutionLogs>;
  /**
   * Listens to its log stream from now on, for the time after its end when the stream is gone. Close it. While there is
   * no stream, it looks for one every so often, with two calls.
   */
  watchLogs(job: string, execution: string, tail: number, everyMs: number): LogWatch;
}

/** The last lines that a stream has given so far. */
export interface LogWatch {
  heard(): ExecutionLogs;
  close(): void;
}

export interface ContainerSpec {
  readonly name: string;
  /** By digest: `name@sha256:<64 hex>`. */
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly EnvVar[];
  /** vCPUs, where they are not the usual 0.5. */
  readonly cpu?: number;
}

export type EnvVar =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secretRef: string };

/** A secret by reference (`keyVaultUrl`; on the local platform `local://secrets/NAME`) or by value. */
export type SecretSpec =
  | { readonly name: string; readonly keyVaultUrl: string }
  | { readonly name: string; readonly value: string };

export interface AppSpec {
  readonly container: ContainerSpec;
  /** The revision becomes `{app}--{revisionSuffix}`; a used suffix with another template is refused. */
  readonly revisionSuffix: string;
  readonly replicas: number;
  /** HTTP GET probe of the container; used for startup, liveness and readiness. */
  readonly probe?: {
    readonly port: number;
    readonly path: string;
    /** How long a start may take before the revision counts as unhealthy (default 30). */
    readonly startupSeconds?: number;
  };
  /** Absent: no ingress (a worker). */
  readonly ingress?: {
    readonly external: boolean;
    readonly targetPort: number;
    readonly traffic: readonly TrafficWeight[];
  };
  readonly secrets: readonly SecretSpec[];
}

export interface TrafficWeight {
  readonly revisionName: string;
  /** Whole percent; the weights of an app add up to 100. */
  readonly weight: number;
  readonly label?: string;
}

/** `env` makes the new environment of the container from the one that revision `from` has. */
export interface RevisionOfApp {
  readonly from: string;
  readonly revisionSuffix: string;
  readonly env: (now: readonly EnvVar[]) => readonly EnvVar[];
}

/** A secret of an app. What is behind a reference is not said. */
export type AppSecret =
  | { readonly app: string; readonly kind: 'value'; readonly value: string }
  | { readonly app: string; readonly kind: 'reference' };

export interface AppState {
  readonly name: string;
  /** `http(s)://host[:port]` of the app's public address; absent without ingress. */
  readonly address?: string;
  readonly revisionsMode: string;
  /** Clients stay with the revision that answered them first. */
  readonly sessionAffinity?: boolean;
  readonly latestRevisionName?: string;
  readonly traffic: readonly (TrafficWeight | { readonly latestRevision: true; readonly weight: number })[];
}

/** A managed environment. `provisioningState` as the platform says it: Succeeded | Failed | Waiting | … (open). */
export interface EnvironmentState {
  readonly provisioningState: string;
}

export interface Revision {
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt?: string;
  /** `http(s)://host[:port]` of this revision alone, reachable at weight 0. */
  readonly address?: string;
  readonly active: boolean;
  readonly image: string;
  /** What it was asked to run. */
  readonly container: ContainerSpec;
  readonly weight: number;
  readonly replicas: number;
  /** As the platform says it: Healthy | Unhealthy | None | … (open). */
  readonly health: string;
  /** As the platform says it: Running | RunningAtMaxScale | Processing | Degraded | Failed | … (open). */
  readonly running: string;
  readonly provisioningError?: string;
}

export interface Replica {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly detail?: string;
}

export interface JobSpec {
  readonly container: ContainerSpec;
  readonly secrets: readonly SecretSpec[];
  readonly replicaTimeoutSeconds: number;
  readonly replicaRetryLimit: number;
  readonly parallelism: number;
  readonly replicaCompletionCount: number;
}

export interface Execution {
  readonly name: string;
  /** As the platform says it: Running | Processing | Stopped | Degraded | Failed | Unknown | Succeeded | … (open). */
  readonly status: string;
  readonly startTime?: string;
  readonly endTime?: string;
  /** The plain values of the start template's environment: our marker is one of them. */
  readonly env: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly exitCode?: number;
  readonly reason?: string;
}

export interface ExecutionLogs {
  readonly lines: readonly string[];
  readonly source: 'log-stream' | 'log-analytics' | 'none';
  /** Why lines are missing or may be. */
  readonly note?: string;
}
