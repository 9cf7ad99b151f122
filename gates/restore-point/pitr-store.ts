import { z } from 'zod';
import { GateError } from '../kernel/gate-error.ts';
import { hasLedger } from '../kernel/ledger/schema.ts';
import type { World } from '../kernel/world.ts';
import type { RestorePointConfig, RestorePointInputs } from './facts.ts';
import { judgeServer } from './judge-server.ts';
import { openServer, readCloud } from './open-server.ts';
import type { RecordingStore } from './point-store.ts';
import { neverProven, restoreCommand } from './restore-command.ts';

type PitrConfig = Extract<RestorePointConfig, { strategy: 'pitr' }>;

const readPassed = `
select evidence from sallyport.attempt
where gate = 'restore-point' and verdict = 'passed' and stack = $1 order by id desc limit 100`;
const passed = z.object({
  strategy: z.literal('pitr'),
  point: z.object({ name: z.string(), takenAt: z.iso.datetime(), where: z.string() }),
});

/** Points in time of a server whose log the cloud keeps. A point is a time, and the ledger is where it is on record. */
export function pitrStore(world: World, inputs: RestorePointInputs, config: PitrConfig): RecordingStore {
  return {
    proof: 'recorded',
    list: async () => {
      const client = await world.database();
      if (!(await hasLedger(client))) return [];
      const { rows } = await client.query<{ evidence: string }>(readPassed, [inputs.stack]);
      return rows
        .flatMap(({ evidence }) => passed.safeParse(JSON.parse(evidence)).data?.point ?? [])
        .filter(({ where }) => where === config.server);
    },
    take: async (name) => {
      const cloud = await readCloud(world, await openServer(world, config));
      const findings = judgeServer(cloud, config, inputs);
      if (findings.length > 0) throw new GateError(findings);
      const { earliestRestore, retentionDays } = cloud.server ?? {};
      return {
        name,
        takenAt: cloud.clock,
        where: config.server,
        recorded: {
          ...(earliestRestore !== undefined && { earliestRestorable: earliestRestore }),
          ...(retentionDays !== undefined && { retentionDays }),
          notProven: [
            ...neverProven,
            'that the log up to the point is archived already: that takes up to 5 min, and its loss costs as much',
          ],
          recovery: restoreCommand(config.server, cloud.clock),
        },
      };
    },
  };
}
