import type { Finding } from '../kernel/verdict.ts';
import { compareTables, type SettledRows } from './compare-tables.ts';
import type { KeptSide } from './kept-leaves.ts';
import { planTables } from './leaf-plan.ts';
import type { LocateOptions, Location } from './locate.ts';
import { assignModules, type ModuleDefinition, type Roots, rootsOf } from './modules.ts';
import { readBothShapes } from './same-shapes.ts';
import { firstSession, type Snapshot } from './snapshot.ts';
import { type DigestChunks, type DigestRun, digestTables, type TableDigest } from './table-digest.ts';
import { readTableShapes } from './table-shape.ts';
import type { Touched } from './touched/touched-keys.ts';

/** What is compared, and how much of a difference is shown. */
export interface ContentOptions extends LocateOptions {
  readonly modules: readonly ModuleDefinition[];
  readonly signal?: AbortSignal;
  readonly progress?: (side: 'source' | 'target', done: number, of: number) => void;
  /** What was touched between the snapshots of a source that moves and of its target: those rows are left out. */
  readonly moving?: Touched | undefined;
  /** What an earlier run kept of each side. */
  readonly kept?: { readonly source?: KeptSide | undefined; readonly target?: KeptSide | undefined };
  /** What digests each side's chunks, where that is not this process. */
  readonly digest?: ((side: 'source' | 'target') => DigestChunks) | undefined;
}

/** The digest of a whole database. */
export interface DatabaseDigest {
  readonly tables: readonly TableDigest[];
  readonly roots: Roots;
}

/** What the comparison of two databases came to. */
export interface ContentComparison {
  readonly findings: readonly Finding[];
  /** Of every table, where each has a module; undefined where there is nothing whole to take a root of. */
  readonly digests: { readonly source: DatabaseDigest; readonly target: DatabaseDigest } | undefined;
  /** Table → where its rows differ. */
  readonly differences: ReadonlyMap<string, Location>;
  /** Table → how many rows were compared; without those that move. */
  readonly settled: ReadonlyMap<string, SettledRows>;
}

/** Compares every row of two databases, each at its snapshot. The source says how tables are divided into leaves. */
export async function compareContent(
  source: Snapshot,
  target: Snapshot,
  options: ContentOptions,
): Promise<ContentComparison> {
  const nothing = {
    digests: undefined,
    differences: new Map<string, Location>(),
    settled: new Map<string, SettledRows>(),
  };
  const shapes = await readBothShapes(source, target);
  const { modules, findings: unassigned } = assignModules(
    options.modules,
    shapes.source.map(({ name }) => name),
  );
  const unlike = [...shapes.findings, ...unassigned];
  if (unlike.length > 0) return { ...nothing, findings: unlike };
  const { limit, values, signal, moving } = options;
  const compared = await compareTables(source, target, [shapes.source, shapes.target], {
    ...{ limit, values, signal, moving },
    source: runOf(options, 'source'),
    target: runOf(options, 'target'),
  });
  const whole = (tables: readonly TableDigest[]) => ({ tables, roots: rootsOf(tables, modules) });
  return { ...compared, digests: { source: whole(compared.source), target: whole(compared.target) } };
}

/** Digests a database that is compared with no other: with its own plan, which equal content shares. */
export async function digestDatabase(
  snapshot: Snapshot,
  definitions: readonly ModuleDefinition[],
  run: DigestRun,
): Promise<{ readonly findings: readonly Finding[]; readonly digest: DatabaseDigest | undefined }> {
  const client = firstSession(snapshot);
  const shapes = await readTableShapes(client);
  const { modules, findings } = assignModules(
    definitions,
    shapes.map(({ name }) => name),
  );
  if (findings.length > 0) return { findings, digest: undefined };
  const tables = await digestTables(snapshot, shapes, await planTables(client, shapes), run);
  return { findings, digest: { tables, roots: rootsOf(tables, modules) } };
}

function runOf({ progress, kept, digest }: ContentOptions, side: 'source' | 'target'): DigestRun {
  return { kept: kept?.[side], digest: digest?.(side), progress: progress && ((done, of) => progress(side, done, of)) };
}
