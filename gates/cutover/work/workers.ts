import type { Progress } from '../../kernel/progress.ts';

/** Workers of a run that were started, wherever they are. */
export interface Workers {
  /** Replaces those that ended badly, a few times each. When none is left it says how they ended. */
  tend(): Promise<string | undefined>;
  /** Ends those that are left, and returns when they have ended. */
  stop(): Promise<void>;
}

/** Starts workers of a run: in this process, as processes of their own, or as executions of a job. */
export type StartWorkers = (run: string, say: Progress) => Promise<Workers>;

/** How often a worker that ended badly is replaced. */
export const replacements = 2;
