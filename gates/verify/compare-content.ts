import { blocker, type Finding } from '../kernel/verdict.ts';
import type { KeptSide } from './kept-leaves.ts';
import { planTables } from './leaf-plan.ts';
import { type LocateOptions, type Location, locate } from './locate.ts';
import { assignModules, type ModuleDefinition, type Roots, rootsOf } from './modules.ts';
import type { DifferentRow } from './read-rows.ts';
import { firstSession, type Snapshot } from './snapshot.ts';
import { type DigestChunks, type DigestRun, digestTables, meaningOf, type TableDigest } from './table-digest.ts';
import { readTableShapes, type TableShape } from './table-shape.ts';

/** What is compared, and how much of a difference is shown. */
export interface ContentOptions extends LocateOptions {
  readonly modules: readonly ModuleDefinition[];
  readonly signal?: AbortSignal;
  readonly progress?: (side: 'source' | 'target', done: number, of: number) => void;
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
}

const readEncoding = `select current_setting('server_encoding') as encoding`;

/** Compares every row of two databases, each at its snapshot. The source says how tables are divided into leaves. */
export async function compareContent(
  source: Snapshot,
  target: Snapshot,
  options: ContentOptions,
): Promise<ContentComparison> {
  const [here, there] = [firstSession(source), firstSession(target)];
  const nothing = { digests: undefined, differences: new Map<string, Location>() };
  const [left, right] = await Promise.all([readTableShapes(here), readTableShapes(there)]);
  const { modules, findings: unassigned } = assignModules(
    options.modules,
    left.map(({ name }) => name),
  );
  const findings = [...(await sameEncoding(source, target)), ...sameShapes(left, right), ...unassigned];
  if (findings.length > 0) return { ...nothing, findings };
  const plan = await planTables(here, left);
  const [mine, theirs] = await together(options.signal, [
    (signal) => digestTables(source, left, plan, { signal, ...runOf(options, 'source') }),
    (signal) => digestTables(target, right, plan, { signal, ...runOf(options, 'target') }),
  ]);
  const differences = new Map<string, Location>();
  for (const [index, digest] of mine.entries()) {
    const other = theirs[index];
    if (other === undefined || digest.root === other.root) continue;
    const location = await locate({ source: here, target: there }, digest, other, options);
    differences.set(digest.table.name, location);
    findings.push(contentDiffers(digest, other, location));
  }
  const whole = (tables: readonly TableDigest[]) => ({ tables, roots: rootsOf(tables, modules) });
  return { findings, digests: { source: whole(mine), target: whole(theirs) }, differences };
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

type Digesting = (signal: AbortSignal) => Promise<readonly TableDigest[]>;

/** Both at once, until both have ended. The first that fails stops the other. */
async function together(signal: AbortSignal | undefined, sides: readonly [Digesting, Digesting]) {
  const failed = new AbortController();
  const stop = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  const ended = await Promise.allSettled(
    sides.map((side) =>
      side(stop).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    ),
  );
  return ended.map((end) => {
    if (end.status === 'rejected') throw failed.signal.reason;
    return end.value;
  }) as [readonly TableDigest[], readonly TableDigest[]];
}

function runOf({ progress, kept, digest }: ContentOptions, side: 'source' | 'target'): DigestRun {
  return { kept: kept?.[side], digest: digest?.(side), progress: progress && ((done, of) => progress(side, done, of)) };
}

async function sameEncoding(source: Snapshot, target: Snapshot): Promise<readonly Finding[]> {
  const read = async (side: Snapshot) =>
    (await firstSession(side).query<{ encoding: string }>(readEncoding)).rows[0]?.encoding;
  const [needed, found] = [await read(source), await read(target)];
  return needed === found ? [] : [blocker('VERIFY_ENCODING', 'target', String(found), String(needed))];
}

/** Tables, their columns and keys must be the same on both sides before rows can be. */
function sameShapes(source: readonly TableShape[], target: readonly TableShape[]): readonly Finding[] {
  const shapes = (tables: readonly TableShape[]) => new Map(tables.map((table) => [table.name, describe(table)]));
  const [needed, found] = [shapes(source), shapes(target)];
  return [...new Set([...needed.keys(), ...found.keys()])]
    .filter((name) => needed.get(name) !== found.get(name))
    .map((name) =>
      blocker('TABLE_SHAPE', name, found.get(name) ?? 'no such table', needed.get(name) ?? 'no such table'),
    );
}

function describe({ columns, key }: TableShape): string {
  const listed = columns.map((column) => `${column.name} ${meaningOf(column)}`).join(', ') || 'no columns';
  return `${listed}; ${key.length > 0 ? `key ${key.join(', ')}` : 'no key'}`;
}

function contentDiffers(source: TableDigest, target: TableDigest, { rows, complete }: Location): Finding {
  const counts = source.rows === target.rows ? `${source.rows} rows` : `${target.rows} rows instead of ${source.rows}`;
  const located = `${complete ? '' : 'at least '}${rows.length} different: ${rows.slice(0, 5).map(rowLine).join('; ')}`;
  return blocker(
    'CONTENT_DIFFERS',
    source.table.name,
    `${counts}, ${located}`,
    `the rows of the source, root ${source.root}`,
  );
}

/** A different row as a person reads it: never a value outside its key. */
export function rowLine({ kind, key, copies, columns }: DifferentRow): string {
  const name = Object.entries(key)
    .map(([column, value]) => `${column}=${value}`)
    .join(' ');
  const which = copies === undefined ? name : `digest ${copies.digest} (${copies.count} times)`;
  return `${kind} ${which}${columns.length > 0 ? ` in ${columns.join(', ')}` : ''}`;
}
