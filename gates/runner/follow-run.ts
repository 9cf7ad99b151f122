import type { ContainerApps, Execution } from '../../infra/container-apps/container-apps.ts';
import { poll } from '../kernel/deadline.ts';
import { messageOf } from '../kernel/gate-error.ts';
import type { Progress } from '../kernel/progress.ts';
import { terminal } from '../migrate/facts.ts';

/**
 * Milliseconds between two looks at the reply, and between two looks at the execution before and after the reply is
 * there; and how long after the reply the execution may take to end. A look at the reply is no call of ARM: a migration that the gate itself follows leaves room for 4 a minute only.
 */
const pauses = {
  near: { reply: 100, execution: 300, ending: 100, patience: 3_000 },
  far: { reply: 2_000, execution: 20_000, ending: 3_000, patience: 120_000 },
};

/**
 * Follows a run of a gate until its execution has ended, or has not for a while after its reply: platforms have been seen
 * to call an execution running whose program was gone. Ends with the signal's reason when that fires.
 */
export async function followRun(
  apps: ContainerApps,
  { job, name, near }: { readonly job: string; readonly name: string; readonly near: boolean },
  hasReply: () => Promise<boolean>,
  signal: AbortSignal,
  say: Progress,
): Promise<Execution> {
  const every = near ? pauses.near : pauses.far;
  let replied = Number.POSITIVE_INFINITY;
  let next = 0;
  let said = '';
  const tell = (line: string) => {
    if (line !== said) say(line);
    said = line;
  };
  return poll(signal, every.reply, async () => {
    try {
      if (replied === Number.POSITIVE_INFINITY && (await hasReply())) {
        replied = performance.now();
        next = 0;
      }
      if (performance.now() < next) return undefined;
      next = performance.now() + (Number.isFinite(replied) ? every.ending : every.execution);
      const execution = await apps.getExecution(job, name);
      if (execution !== undefined && terminal.has(execution.status)) return execution;
      if (execution !== undefined && performance.now() > replied + every.patience) return execution;
      tell(`${name} ${execution?.status ?? 'is not listed'}`);
    } catch (error) {
      // Platform or store may be away for a while; the bound, not one bad answer, ends the wait.
      tell(`${name}: ${messageOf(error)}`);
    }
    return undefined;
  });
}
