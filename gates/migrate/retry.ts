/** What the database says when somebody else was in the way: 55P03 lock_not_available, 40P01 deadlock, 40001 serialization failure. */
const passing = /\b(55P03|40P01|40001)\b|due to lock timeout|deadlock detected|could not serialize access/;

/** Whether an execution's log says that it failed for something that passes by itself. */
export function isPassing(logs: readonly string[]): boolean {
  return logs.some((line) => passing.test(line));
}

/** Milliseconds before the nth try (2 is the first that is a repetition): doubled each time, and never the same twice. */
export function pauseBefore(nth: number, baseSeconds: number, random = Math.random): number {
  return Math.round(baseSeconds * 1000 * 2 ** (nth - 2) * (0.5 + random()));
}
