import type { DatabaseAddress } from '../../../infra/platform.ts';

/** Whether two addresses name the same database. */
export function isSameDatabase(one: DatabaseAddress, other: DatabaseAddress): boolean {
  return one.host === other.host && one.port === other.port && one.database === other.database;
}

/** An address as it is shown. */
export function addressLine({ host, port, database }: DatabaseAddress): string {
  return `${host}:${port}/${database}`;
}
