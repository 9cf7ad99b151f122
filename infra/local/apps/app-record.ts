import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppBody, AppTemplate } from '../arm/app-schema.ts';
import { namesIfThere, readIfThere, writeAtomic } from '../write-atomic.ts';

/** What the environment remembers of a container app: everything a start after a crash or a reboot needs. */
export interface AppRecord {
  readonly name: string;
  readonly body: AppBody;
  readonly provisioningState: 'InProgress' | 'Succeeded' | 'Failed' | 'Deleting';
  readonly latestRevisionName: string;
  /** Port of the public address; absent without ingress. */
  readonly port?: number;
  readonly revisions: readonly RevisionRecord[];
}

/** A revision of an app: its template never changes. */
export interface RevisionRecord {
  readonly name: string;
  readonly createdTime: string;
  readonly template: AppTemplate;
  readonly active: boolean;
  /** Port of the revision's own address; absent without ingress. */
  readonly port?: number;
}

/** All apps on disk. */
export async function readApps(directory: string): Promise<AppRecord[]> {
  const names = await namesIfThere(directory);
  const found: AppRecord[] = [];
  for (const name of names.filter((entry) => entry.endsWith('.json'))) {
    const text = await readIfThere(join(directory, name));
    if (text !== undefined) found.push(JSON.parse(text) as AppRecord);
  }
  return found;
}

/** Keeps an app. The file is 0600: a secret by value is in it. */
export async function writeApp(directory: string, record: AppRecord): Promise<void> {
  await writeAtomic(join(directory, `${record.name}.json`), JSON.stringify(record, null, 2));
}

/** Forgets an app. */
export async function removeApp(directory: string, name: string): Promise<void> {
  await rm(join(directory, `${name}.json`), { force: true });
}
