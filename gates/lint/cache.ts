import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestOf, sha256 } from '../kernel/digest.ts';
import { writeEvidence } from '../kernel/evidence.ts';
import type { Analysis } from './analyse.ts';

/** Analyses of earlier runs, by content. Losing it costs time only. */
export interface Cache {
  get(key: string): Analysis | undefined;
  set(key: string, analysis: Analysis): void;
  write(): Promise<void>;
}

/** More files than any project has; the oldest go first. */
const most = 40_000;

/**
 * Opens the analyses kept in a file. They count only for the same rules and the same program (`basis`), and only whole:
 * the first line is the digest of the basis and of all that follows.
 */
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
      const text = JSON.stringify(all.slice(-most));
      await mkdir(dirname(path), { recursive: true });
      await writeEvidence(path, `${headOf(digestOf(basis), text)}\n${text}`);
    },
  };
}

async function load(path: string, basis: string): Promise<ReadonlyMap<string, Analysis>> {
  const text = await readFile(path, 'utf8').catch(() => ''); // not there yet, or unreadable: everything is judged anew
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (end < 0 || text.slice(0, end) !== headOf(basis, body)) return new Map();
  return new Map(JSON.parse(body) as [string, Analysis][]);
}

function headOf(basis: string, body: string): string {
  return sha256(`${basis}\n${body}`);
}
