import { ArmError } from '../../infra/container-apps/arm-error.ts';
import type { ContainerApps, EnvVar } from '../../infra/container-apps/container-apps.ts';
import { pollMsOf } from '../../infra/container-apps/loopback.ts';
import { appSpec } from '../candidate/app-spec.ts';
import { containerEnv } from '../candidate/container-env.ts';
import { isHealthy } from '../candidate/facts.ts';
import { poll } from '../kernel/deadline.ts';
import type { Service } from '../kernel/release.ts';
import type { World } from '../kernel/world.ts';
import type { FlipInputs } from './facts.ts';

/** The revision in which a worker of the release works; its candidate stood by under another name. */
export function workingRevision(name: string, standby: string): string {
  return `${name}--${standby.slice(`${name}--`.length).replace(/-standby$/, '')}`;
}

/**
 * The environment in which a declared worker works: the one it stood by with, less what was added for that. Values that
 * it had all along stay as they were declared, so that the next declaration of this revision is the same to the letter.
 */
export function workingEnv(
  standby: readonly EnvVar[],
  service: Service,
  addresses: Readonly<Record<string, string>>,
): readonly EnvVar[] {
  const working = new Map(containerEnv(service, addresses, false).map((variable) => [variable.name, variable]));
  return standby.flatMap((variable) => {
    if (!(variable.name in service.standbyEnv)) return [variable];
    const own = working.get(variable.name);
    return own === undefined ? [] : [own];
  });
}

/** Starts a worker of the new release and waits until it is healthy. Answers why not, if not. */
export async function startWorker(
  world: World,
  apps: ContainerApps,
  inputs: FlipInputs,
  worker: { readonly name: string; readonly service: Service; readonly revision: string; readonly standby: string },
  addresses: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { name, service, revision } = worker;
  const suffix = revision.slice(`${name}--`.length);
  switch (inputs.platform.kind) {
    case 'local':
      await apps.putApp(
        name,
        appSpec({ platform: inputs.platform, name, service, suffix, addresses, traffic: [], standby: false }),
      );
      break;
    case 'azure': {
      // The app is declared with what gates know nothing of: identity, secrets, resources. All of that stays.
      const env = (now: readonly EnvVar[]) => workingEnv(now, service, addresses);
      const failure = await apps
        .reviseApp(name, { from: worker.standby, revisionSuffix: suffix, env })
        .then(() => undefined, movedOn);
      if (failure !== undefined) return failure;
      break;
    }
    default:
      inputs.platform.kind satisfies never;
  }
  const until = performance.now() + inputs.healthSeconds * 1000;
  const answer = await poll(world.signal, pollMsOf(inputs.platform), async () => {
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

/** Somebody else made a revision of the app since the candidate stood: what it would be started from is not the release. */
function movedOn(error: unknown): string {
  if (error instanceof ArmError && error.code === 'APP_MOVED_ON') return error.message;
  throw error;
}
