import { digestOf } from '../kernel/digest.ts';
import type { Analysis } from './analyse.ts';
import { readKept, writeKept } from './kept-file.ts';

/** Analyses of earlier runs, by content. Losing it costs time only. */
export interface Cache {
  get(key: string): Analysis | undefined;
  set(key: string, analysis: Analysis): void;
  write(): Promise<void>;
}

/** More files than any project has; the oldest go first. */
const most = 40_000;

/** Opens the analyses kept in a file. They count only for the same rules and the same program (`basis`), and only whole. */
export async function openCache(path: string | undefined, basis: unknown): Promise<Cache> {
  const before = path === undefined ? new Map<string, Analysis>() : await load(path, digestOf(basis));
  const used = new Map<string, Analysis>();
  let changed = false;
  return {
    get: (key) => {
      const analysis = before.get(key);
      if (analysis !== undefined) used.set(key, analysis);
      return analysis;
    },
    set: (key, analysis) => {
      changed = true;
      used.set(key, analysis);
    },
    write: async () => {
      if (path === undefined || !changed) return;
      const all = [...before].filter(([key]) => !used.has(key)).concat([...used]);
      await writeKept(path, digestOf(basis), all.slice(-most));
    },
  };
}

async function load(path: string, basis: string): Promise<ReadonlyMap<string, Analysis>> {
  return new Map((await readKept(path, basis)) as [string, Analysis][] | undefined);
}
