import type { ClientBase } from 'pg';
import type { Side } from '../sides.ts';

/** A session that is closed with `end`, also in the middle of a query. */
export type Session = ClientBase & { end(): Promise<void> };

/** Opens a session to one side. */
export type OpenSide = (side: Side) => Promise<Session>;

/** What a task has to work with. */
export interface TaskContext {
  /** The session to the target whose open transaction holds the piece: what is written there commits with its mark. */
  readonly work: Session;
  /** A session that is kept for the worker's next pieces, by a name; `prepare` sees it once, when it is new. */
  session(name: string, side: Side, prepare: (client: Session) => Promise<void>): Promise<Session>;
  readonly signal: AbortSignal;
}

/** Does one piece; gives its result, JSON. What it throws fails the try; its sessions are then closed. */
export type Task = (payload: unknown, context: TaskContext) => Promise<unknown>;

/** Kind of a piece → what does it. */
export type Tasks = Readonly<Record<string, Task>>;
