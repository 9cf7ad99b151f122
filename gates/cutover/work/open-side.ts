import type { DatabaseTarget } from '../../kernel/database-url.ts';
import { sessionsTo } from '../../verify/open-side.ts';
import type { Side } from '../sides.ts';
import type { OpenSide, Session } from './task.ts';

/** The databases that workers work on. The work table is in the target. */
export interface SideTargets {
  readonly source?: DatabaseTarget | undefined;
  readonly target: DatabaseTarget;
}

/** Opens sessions to the sides, under the run's name in pg_stat_activity. */
export function openSides(sides: SideTargets, run: string): OpenSide {
  return async (side: Side) => {
    const at = sides[side];
    if (at === undefined) throw new Error(`this worker was given no ${side}; needed --${side} with a variable`);
    return (await sessionsTo(at, `sallyport ${run}`)()) as Session;
  };
}
