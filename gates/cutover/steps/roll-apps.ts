import { healthy } from '../../candidate/healthy.ts';
import { drain } from '../../flip/drain.ts';
import { probePublic } from '../../flip/public-probe.ts';
import { pinnedTraffic, servingOf } from '../../flip/serving-traffic.ts';
import { gateError } from '../../kernel/gate-error.ts';
import type { Service } from '../../kernel/release.ts';
import type { FlipContext } from './flip-context.ts';
import { type RunningApp, runningApps, withAddresses } from './running-app.ts';

/** App → the revision that serves it now. */
export type Revisions = Readonly<Record<string, string>>;

type Rolling = Pick<FlipContext, 'world' | 'release' | 'rollout'>;

/**
 * Starts a new revision of every app with an ingress, as the app is, beside the one that serves: what starts anew reads the
 * pointer anew. Idempotent by its suffix.
 * @throws GateError APP_NOT_AS_SERVED, CANDIDATE_UNHEALTHY.
 */
export async function startServices({ world, release, rollout }: Rolling, suffix: string): Promise<Revisions> {
  const { apps } = await world.platform();
  const running = await runningApps(apps, release);
  const addresses = new Map<string, string>();
  const revisions: Record<string, string> = {};
  for (const app of running.filter(({ ingress }) => ingress)) {
    const made = await newRevision({ world, release, rollout }, app, running, suffix, addresses);
    revisions[app.name] = made.revision;
    if (made.address !== undefined) addresses.set(app.name, made.address);
  }
  return revisions;
}

/**
 * Gives them all traffic. Old revisions go on until {@link drainOthers}; no request is lost.
 * @throws GateError TRAFFIC_NOT_SHIFTED, PUBLIC_PROBE_FAILED.
 */
export async function moveTraffic({ world, release, rollout }: Rolling, revisions: Revisions): Promise<void> {
  const { apps } = await world.platform();
  for (const [name, revision] of Object.entries(revisions)) {
    world.signal.throwIfAborted();
    await apps.setTraffic(name, [{ revisionName: revision, weight: 100 }]);
    const readBack = servingOf(await pinnedTraffic(apps, name));
    if (readBack !== `${revision} 100`) {
      throw gateError('TRAFFIC_NOT_SHIFTED', name, readBack || 'nothing', `${revision} 100`);
    }
    const address = (await apps.getApp(name))?.address;
    // An internal app is not reached from outside of its environment: what was read back has to do.
    if (address === undefined || serviceOf(release, name).ingress === 'internal') continue;
    const url = `${address}${serviceOf(release, name).health}`;
    const { hits, last, tries, elapsedMs } = await probePublic(url, revision, rollout.probe, world.signal);
    if (hits < rollout.probe.answers) {
      throw gateError(
        'PUBLIC_PROBE_FAILED',
        address,
        last,
        `${rollout.probe.answers} answers in a row from ${revision}`,
      );
    }
    world.say(`${name} → ${revision} 100, ${tries} probes in ${elapsedMs} ms`);
  }
}

/** Both, one right after the other. @throws GateError of either. */
export async function rollServices(rolling: Rolling, suffix: string): Promise<Revisions> {
  const revisions = await startServices(rolling, suffix);
  await moveTraffic(rolling, revisions);
  return revisions;
}

/**
 * Starts a new revision of every worker, as it is, beside the old one.
 * @throws GateError APP_NOT_AS_SERVED, WORKER_UNHEALTHY.
 */
export async function rollWorkers({ world, release, rollout }: Rolling, suffix: string): Promise<Revisions> {
  const { apps } = await world.platform();
  const running = await runningApps(apps, release);
  const addresses = new Map(
    running.flatMap(({ name, serving }) => (serving.address === undefined ? [] : [[name, serving.address] as const])),
  );
  const revisions: Record<string, string> = {};
  for (const app of running.filter(({ ingress }) => !ingress)) {
    const made = await newRevision({ world, release, rollout }, app, running, suffix, addresses);
    revisions[app.name] = made.revision;
    world.say(`${made.revision} works`);
  }
  return revisions;
}

/**
 * Drains every other active revision of these apps.
 * @throws GateError DRAIN_INCOMPLETE, naming those that still run at the bound.
 */
export async function drainOthers({ world, rollout }: Rolling, revisions: Revisions): Promise<readonly string[]> {
  const { apps } = await world.platform();
  const leaving = await Promise.all(
    Object.entries(revisions).map(async ([app, kept]) =>
      (await apps.listRevisions(app))
        .filter(({ active, name }) => active && name !== kept)
        .map(({ name: revision }) => ({ app, revision })),
    ),
  );
  const left = await drain(world, apps, leaving.flat(), rollout.drainSeconds);
  if (left.length > 0) throw gateError('DRAIN_INCOMPLETE', left.join(', '), 'replicas that still run', 'none');
  return leaving.flat().map(({ revision }) => revision);
}

async function newRevision(
  { world, release, rollout }: Rolling,
  { name, newest, ingress }: RunningApp,
  running: readonly RunningApp[],
  suffix: string,
  addresses: ReadonlyMap<string, string>,
) {
  const { apps } = await world.platform();
  await apps.reviseApp(name, {
    from: newest.name,
    revisionSuffix: suffix,
    env: (now) => withAddresses(now, running, addresses),
  });
  const service = serviceOf(release, name);
  const made = await healthy(world, apps, name, `${name}--${suffix}`, service, rollout.healthSeconds);
  if (!made.healthy) {
    const needed = `healthy within ${rollout.healthSeconds} s`;
    throw gateError(ingress ? 'CANDIDATE_UNHEALTHY' : 'WORKER_UNHEALTHY', made.revision, made.detail, needed);
  }
  world.say(`${made.revision} healthy`);
  return made;
}

function serviceOf({ services }: FlipContext['release'], name: string): Service {
  const service = services[name];
  if (service === undefined) throw new TypeError(`app ${name} is not of the release`);
  return service;
}
