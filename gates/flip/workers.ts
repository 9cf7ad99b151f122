import type { ContainerApps } from '../../infra/container-apps/container-apps.ts';
import { appSpec } from '../candidate/app-spec.ts';
import { isHealthy } from '../candidate/facts.ts';
import { poll } from '../kernel/deadline.ts';
import type { Service } from '../kernel/release.ts';
import type { World } from '../kernel/world.ts';
import type { FlipInputs } from './facts.ts';

const pollMs = { local: 200, azure: 5_000 };

/** The revision in which a worker of the release works; its candidate stood by under another name. */
export function workingRevision(name: string, standby: string): string {
  return `${name}--${standby.slice(`${name}--`.length).replace(/-standby$/, '')}`;
}

/** Starts a worker of the new release and waits until it is healthy. Answers why not, if not. */
export async function startWorker(
  world: World,
  apps: ContainerApps,
  inputs: FlipInputs,
  worker: { readonly name: string; readonly service: Service; readonly revision: string },
  addresses: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { name, service, revision } = worker;
  const suffix = revision.slice(`${name}--`.length);
  await apps.putApp(
    name,
    appSpec({ platform: inputs.platform, name, service, suffix, addresses, traffic: [], standby: false }),
  );
  const until = performance.now() + inputs.healthSeconds * 1000;
  const answer = await poll(world.signal, pollMs[inputs.platform.kind], async () => {
    const state = await apps.getRevision(name, revision);
    if (state !== undefined && !state.active) await apps.activateRevision(name, revision);
    if (state !== undefined && isHealthy(state, service.replicas)) return { healthy: true, detail: '' };
    if (performance.now() < until) return undefined;
    return {
      healthy: false,
      detail: state === undefined ? 'no such revision' : `health ${state.health}, ${state.running}`,
    };
  });
  return answer.healthy ? undefined : answer.detail;
}
