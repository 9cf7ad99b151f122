import { createHash } from 'node:crypto';
import { ArmError } from '../../infra/container-apps/arm-error.ts';
import type { FlexibleServer, FlexibleServerBackup } from '../../infra/postgres-flexible/flexible-server.ts';
import { poll } from '../kernel/deadline.ts';
import { GateError, gateError } from '../kernel/gate-error.ts';
import { blocker } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import type { RestorePoint, RestorePointConfig, RestorePointInputs } from './facts.ts';
import { judgeBackup, judgeServer } from './judge-server.ts';
import { openServer, readCloud } from './open-server.ts';
import type { RecordingStore } from './point-store.ts';
import { neverProven, restoreCommand } from './restore-command.ts';

type OnDemandConfig = Extract<RestorePointConfig, { strategy: 'on-demand' }>;

/**
 * Backups of the server that the cloud takes when it is told to. A backup's name is that of the point, behind a prefix of
 * this stack and database: another stack on the same server may be at the same release and the same number of attempt.
 */
export async function onDemandStore(
  world: World,
  inputs: RestorePointInputs,
  config: OnDemandConfig,
): Promise<RecordingStore> {
  const server = await openServer(world, config);
  const prefix = prefixOf(inputs);
  const pointOf = (name: string, takenAt: string): RestorePoint => ({
    name,
    takenAt,
    where: `${config.server}/backups/${prefix}${name}`,
    recorded: { notProven: [...neverProven], recovery: restoreCommand(config.server, takenAt) },
  });
  return {
    proof: 'recorded',
    list: async () => {
      const points = (await server.listBackups()).flatMap(({ name, type, completedAt }) => {
        const isOurs = name.startsWith(prefix) && type === 'Customer On-Demand' && completedAt !== undefined;
        return isOurs ? [pointOf(name.slice(prefix.length), completedAt)] : [];
      });
      return points.sort((a, b) => b.takenAt.localeCompare(a.takenAt));
    },
    take: async (name) => {
      const backup = await orderedOnce(world, server, `${prefix}${name}`, config);
      const cloud = await readCloud(world, server);
      const findings = [
        ...judgeServer(cloud, config, inputs),
        ...judgeBackup(name, backup, cloud.clock, config.maxAgeMinutes),
      ];
      if (findings.length > 0) throw new GateError(findings);
      if (backup?.completedAt === undefined) throw new TypeError('a backup was let through that is not complete');
      return pointOf(name, backup.completedAt);
    },
    remove: (name) => server.deleteBackup(`${prefix}${name}`),
  };
}

/** Orders a backup, or waits for the one that a killed run has ordered. Bounded by the gate's deadline. */
async function orderedOnce(
  world: World,
  server: FlexibleServer,
  name: string,
  config: OnDemandConfig,
): Promise<FlexibleServerBackup | undefined> {
  if ((await server.getBackup(name)) === undefined) {
    world.say(`ordering backup ${name}, within ${config.seconds} s`);
    if ((await order(server, name, config.server)) === 'ended') return server.getBackup(name);
  }
  return poll(world.signal, config.endpoint === undefined ? 5_000 : 50, async () => {
    const backup = await server.getBackup(name);
    if (backup === undefined) throw gateError('RESTORE_POINT_NOT_TAKEN', name, 'a backup that is gone', 'its end');
    return backup.completedAt === undefined ? undefined : backup;
  });
}

/** An order that got no clear answer may have been taken all the same: then the backup is there. */
async function order(server: FlexibleServer, name: string, about: string): Promise<'ended' | 'running'> {
  try {
    await server.createBackup(name);
    return 'ended';
  } catch (error) {
    if (error instanceof ArmError && error.status === 409) {
      const recovery = 'Wait until the other backup has ended, then run `pulumi up` again.';
      const finding = blocker('RESTORE_POINT_BUSY', about, error.message, 'no other backup under way', recovery);
      throw new GateError([finding], error);
    }
    if (error instanceof ArmError && error.transient && (await server.getBackup(name)) !== undefined) return 'running';
    throw error;
  }
}

function prefixOf({ stack, database }: RestorePointInputs): string {
  const of = JSON.stringify([stack, database.host, database.port, database.database]);
  return `sallyport-${createHash('sha256').update(of).digest('hex').slice(0, 8)}-`;
}
