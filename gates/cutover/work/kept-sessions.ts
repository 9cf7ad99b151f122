import type { OpenSide, Session, TaskContext } from './task.ts';

/** The sessions of one worker, by name, until they are closed. */
export interface KeptSessions {
  readonly of: TaskContext['session'];
  /** Forgets all of them, and gives what closes them, also what waits in a query; those that are asked for later are new. */
  letGo(): () => Promise<void>;
  /** Closes all of them at once. */
  close(): Promise<void>;
}

/** Opens each session when it is asked for the first time. */
export function keepSessions(open: OpenSide): KeptSessions {
  const kept = new Map<string, Session>();
  const letGo = () => {
    const all = [...kept.values()];
    kept.clear();
    return async () => {
      await Promise.all(all.map((client) => client.end()));
    };
  };
  const of: KeptSessions['of'] = async (name, side, prepare) => {
    const there = kept.get(name);
    if (there !== undefined) return there;
    const client = await open(side);
    kept.set(name, client);
    await prepare(client);
    return client;
  };
  return { of, letGo, close: () => letGo()() };
}
