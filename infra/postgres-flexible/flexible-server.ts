/** What Azure Database for PostgreSQL Flexible Server says of a server, as far as restore points need it. */
export interface FlexibleServerState {
  /** The name that sessions use, `<server>.postgres.database.azure.com`. */
  readonly host?: string;
  /** As the platform says it: Ready | Updating | Stopped | … (open). */
  readonly state?: string;
  /** Burstable | GeneralPurpose | MemoryOptimized (open). */
  readonly tier?: string;
  /** Premium_LRS | PremiumV2_LRS | … (open). */
  readonly storage?: string;
  readonly retentionDays?: number;
  /** ISO 8601; absent too when the platform's answer was no time. */
  readonly earliestRestore?: string;
}

/** A backup that the platform holds. Without a `completedAt` it is not complete. */
export interface FlexibleServerBackup {
  readonly name: string;
  /** `Full` or `Customer On-Demand` (open). */
  readonly type?: string;
  /** ISO 8601. */
  readonly completedAt?: string;
}

/** The calls that restore points need of one server. Every one can fail with an {@link ArmError}. */
export interface FlexibleServer {
  read(): Promise<FlexibleServerState | undefined>;
  getBackup(name: string): Promise<FlexibleServerBackup | undefined>;
  listBackups(): Promise<readonly FlexibleServerBackup[]>;
  /** Sends the order once, and waits for the operation until the signal fires. A name in use is an error of the platform's. */
  createBackup(name: string): Promise<void>;
  /** Waits for the operation too; what is not there is gone. */
  deleteBackup(name: string): Promise<void>;
}

/** An ARM id of a flexible server. */
export const flexibleServerId =
  /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/([\w.()-]{1,90})\/providers\/Microsoft\.DBforPostgreSQL\/flexibleServers\/([a-z0-9-]{3,63})$/i;

/** The parts of a flexible server's ARM id; undefined when it is none. */
export function parseFlexibleServerId(id: string) {
  const [, subscriptionId, resourceGroup, name] = flexibleServerId.exec(id) ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || name === undefined) return undefined;
  return { subscriptionId, resourceGroup, name };
}
