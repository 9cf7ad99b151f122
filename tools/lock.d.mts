/** Runs `work` while holding the lock file `path`; waits for a living holder, takes over from a dead one. */
export function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T>;
