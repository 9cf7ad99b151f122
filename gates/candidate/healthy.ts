import { ArmError } from '../../infra/container-apps/arm-error.ts';
import type { ContainerApps } from '../../infra/container-apps/container-apps.ts';
import { pollMsOf } from '../../infra/container-apps/loopback.ts';
import { poll } from '../kernel/deadline.ts';
import type { Service } from '../kernel/release.ts';
import type { World } from '../kernel/world.ts';
import { type Candidate, isHealthy } from './facts.ts';

/** Waits until a revision is healthy, or is not and will not be within `bound` seconds; starts one that was stopped. */
export async function healthy(
  world: World,
  apps: ContainerApps,
  app: string,
  name: string,
  service: Service,
  bound: number,
): Promise<Candidate> {
  const until = performance.now() + bound * 1000;
  const { address } = await world.platform();
  return poll(world.signal, pollMsOf(address), async () => {
    const revision = await apps.getRevision(app, name).catch((error: unknown) => {
      if (error instanceof ArmError && error.transient && performance.now() < until) return undefined;
      throw error;
    });
    if (revision !== undefined && !revision.active) await apps.activateRevision(app, name);
    const ready = revision !== undefined && isHealthy(revision, service.replicas);
    const late = performance.now() > until;
    const dead = revision?.running === 'Failed' || revision?.provisioningError !== undefined;
    if (!ready && !late && !dead) return undefined;
    const replicas = revision === undefined || ready ? [] : await apps.listReplicas(app, name);
    const restarts = replicas.map(
      (each) => `${each.name}: ${each.restarts} restarts${each.detail ? `, ${each.detail}` : ''}`,
    );
    const state = revision === undefined ? 'no such revision' : `health ${revision.health}, ${revision.running}`;
    return {
      revision: name,
      ...(revision?.address !== undefined && { address: revision.address }),
      image: revision?.image ?? 'none',
      healthy: ready,
      detail: [state, revision?.provisioningError, ...restarts].filter(Boolean).join('; '),
    };
  });
}
