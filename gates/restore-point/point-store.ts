import type { Client } from 'pg';
import type { DatabaseAddress } from '../../infra/platform.ts';
import { connect } from '../kernel/database.ts';
import type { World } from '../kernel/world.ts';
import { baseBackupStore } from './base-backup-store.ts';
import { dumpStore } from './dump-store.ts';
import type { RestorePoint, RestorePointInputs } from './facts.ts';
import { onDemandStore } from './on-demand-store.ts';
import { pitrStore } from './pitr-store.ts';
import { templateStore } from './template-store.ts';

/** Takes and lists restore points by one strategy; `proof` says what a point of it has been through. */
export type PointStore = RestoringStore | RecordingStore;

interface Points {
  /** Complete points of this database, newest first. */
  list(): Promise<readonly RestorePoint[]>;
  /** Takes a point, or finds the complete one of that name: an earlier attempt may have got that far. */
  take(name: string): Promise<RestorePoint>;
}

/** Its points are proven by restoring them. */
export interface RestoringStore extends Points {
  readonly proof: 'restored';
  /** Restores a point beside production and opens a session on it. */
  open(name: string): Promise<Restored>;
  remove(name: string): Promise<void>;
}

/** Its points are the cloud's: there is nothing to open on this machine. */
export interface RecordingStore extends Points {
  readonly proof: 'recorded';
  /** Absent where the platform drops them by itself. */
  remove?(name: string): Promise<void>;
}

/** A restored copy. */
export interface Restored {
  readonly client: Client;
  close(): Promise<void>;
}

/** The store of the strategy configured; undefined for the strategy `none`. @throws GateError RESTORE_POINT_UNSUPPORTED. */
export async function pointStore(world: World, inputs: RestorePointInputs): Promise<PointStore | undefined> {
  const { restorePoint } = inputs;
  switch (restorePoint.strategy) {
    case 'base-backup':
      return baseBackupStore(world);
    case 'pg_dump':
      return dumpStore(world, inputs.database, restorePoint);
    case 'template':
      return templateStore(world, inputs, restorePoint);
    case 'pitr':
      return pitrStore(world, inputs, restorePoint);
    case 'on-demand':
      return onDemandStore(world, inputs, restorePoint);
    case 'none':
      return undefined;
    default:
      return restorePoint satisfies never;
  }
}

/** A session on a restored copy; its server goes when the session does. */
export async function openRestored(
  world: World,
  database: DatabaseAddress,
  close: () => Promise<void>,
): Promise<Restored> {
  try {
    const client = await connect(await world.platform(), database, 'gates', 'sallyport restored copy');
    return {
      client,
      close: async () => {
        await client.end();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
