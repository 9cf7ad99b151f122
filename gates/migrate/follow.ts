import type { ContainerApps, Execution } from '../../infra/container-apps/container-apps.ts';
import { onLoopback } from '../../infra/container-apps/loopback.ts';
import { poll } from '../kernel/deadline.ts';
import { messageOf } from '../kernel/gate-error.ts';
import { seconds } from '../kernel/progress.ts';
import type { World } from '../kernel/world.ts';
import { blockers } from './blockers.ts';
import { type TimelineEntry, terminal } from './facts.ts';

/** Between two looks at an execution, in milliseconds: 12 calls of ARM a minute, which leaves room for the log stream. */
const pollMs = { near: 250, far: 5_000 };
/** How long after the stop an execution may take to end: the platform kills after 30 s. */
const stopMs = 40_000;

/** The execution that is followed, and what the role is called that migrates in it. */
interface Run {
  readonly job: string;
  readonly name: string;
  readonly migrator: string;
}

/** How an execution went, as far as the platform tells. */
export interface Followed {
  readonly execution: Execution | undefined;
  readonly timedOut: boolean;
  readonly timeline: readonly TimelineEntry[];
}

/** Follows an execution to its end, stops it at the bound, and writes down every change of status and every lock wait. */
export async function follow(world: World, run: Run, boundSeconds: number, everyMs?: number): Promise<Followed> {
  const { job, name } = run;
  const platform = await world.platform();
  const since = performance.now();
  const timeline: TimelineEntry[] = [];
  const note = (status: string, text?: string) => {
    const last = timeline.at(-1);
    if (last?.status === status && last.note === text) return;
    timeline.push({
      at: world.now().toISOString(),
      elapsedMs: Math.round(performance.now() - since),
      status,
      ...(text && { note: text }),
    });
    world.say(`${name} ${status}${text ? `, ${text}` : ''} … ${seconds(since)}`);
  };
  const look = watch(world, platform.apps, run, note);
  const every = everyMs ?? (onLoopback(platform.address) ? pollMs.near : pollMs.far);
  const bound = since + boundSeconds * 1000;
  const ended = await poll(
    world.signal,
    every,
    async () => (await look()) ?? (performance.now() > bound ? null : undefined),
  );
  if (ended !== null) return { execution: ended, timedOut: false, timeline };
  note('Stopping', `bound of ${boundSeconds} s reached`);
  const patience = performance.now() + stopMs;
  await platform.apps.stopExecution(job, name).catch((error: unknown) => note('Unknown', `stop: ${messageOf(error)}`));
  const stopped = await poll(
    world.signal,
    every,
    async () => (await look()) ?? (performance.now() > patience ? null : undefined),
  );
  return { execution: stopped ?? undefined, timedOut: true, timeline };
}

/** One look: the execution once it has ended, undefined while it has not or while the platform does not say. */
function watch(
  world: World,
  apps: ContainerApps,
  { job, name, migrator }: Run,
  note: (status: string, text?: string) => void,
): () => Promise<Execution | undefined> {
  return async () => {
    try {
      const execution = await apps.getExecution(job, name);
      if (execution === undefined) {
        note('Unknown', 'the platform does not list the execution');
        return undefined;
      }
      const waiting = terminal.has(execution.status) ? [] : await blockers(await world.database(), migrator);
      note(execution.status, waiting.length === 0 ? undefined : `waits for a lock of ${waiting.join('; ')}`);
      return terminal.has(execution.status) ? execution : undefined;
    } catch (error) {
      // The platform or the database may be away for a while; the bound, not one bad answer, ends the wait.
      note('Unknown', messageOf(error));
      return undefined;
    }
  };
}
