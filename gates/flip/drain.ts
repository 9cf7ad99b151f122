import type { ContainerApps } from '../../infra/container-apps/container-apps.ts';
import { pollMsOf } from '../../infra/container-apps/loopback.ts';
import { poll } from '../kernel/deadline.ts';
import type { World } from '../kernel/world.ts';

/** A revision that goes out of service. */
export interface Leaving {
  readonly app: string;
  readonly revision: string;
}

/** Deactivates revisions and waits until their replicas have ended their requests and are gone. Answers those that have not. */
export async function drain(
  world: World,
  apps: ContainerApps,
  leaving: readonly Leaving[],
  seconds: number,
): Promise<readonly string[]> {
  const { address } = await world.platform();
  const until = performance.now() + seconds * 1000;
  await Promise.all(leaving.map(({ app, revision }) => apps.deactivateRevision(app, revision)));
  const left = leaving.map(async ({ app, revision }) => {
    const gone = await poll(world.signal, pollMsOf(address), async () => {
      const state = await apps.getRevision(app, revision);
      if (state === undefined || (!state.active && state.replicas === 0)) return true;
      return performance.now() > until ? false : undefined;
    });
    return gone ? [] : [revision];
  });
  return (await Promise.all(left)).flat();
}
