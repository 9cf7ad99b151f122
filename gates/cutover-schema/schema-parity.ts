import { type ClientBase, DatabaseError } from 'pg';
import { type Catalog, notCompared, readCatalog } from '../catalog/catalog.ts';
import { type CatalogDifference, compareCatalogs } from '../catalog/compare.ts';
import type { WriteRight } from '../cutover/freeze/freeze-journal.ts';
import { serverVersion } from '../cutover/server-version.ts';
import type { Side } from '../cutover/sides.ts';
import { digestOf } from '../kernel/digest.ts';
import type { Release } from '../kernel/release.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { rightsBeforeFreeze } from './rights-before-freeze.ts';

/** What two servers may call or print differently though it is the same; said in the evidence. */
export const notEqualAnyway: readonly string[] = [
  ...notCompared,
  'versions of extensions (cutover-preflight compares them)',
  'names of the foreign keys that a key to or of a partitioned table makes for the partitions',
  'the privilege MAINTAIN where the source is older than 17',
  "how the servers' versions print one and the same view",
];

/** A comparison of the candidate with the source. */
export interface SchemaParity {
  readonly objects: number;
  /** Digest of the source's catalog, as it is compared. */
  readonly catalog: string;
  readonly differences: readonly CatalogDifference[];
}

const qualifyEverything = `set local search_path = ''`;
const readPrinted = `select pg_get_viewdef('pg_temp.sallyport_printed'::regclass) as printed`;

/**
 * Compares the candidate's schema with the source's, object by object; neither session may be in a transaction. `taken` are the
 * rights that a freeze of each side has taken.
 */
export async function schemaParity(
  source: ClientBase,
  target: ClientBase,
  migrations: Pick<Release['migrations'], 'tool' | 'history'>,
  taken: Readonly<Record<Side, readonly WriteRight[]>> = { source: [], target: [] },
): Promise<SchemaParity> {
  const scope = applicationScope(migrations);
  const older = (await serverVersion(source)) < 170_000 && (await serverVersion(target)) >= 170_000;
  const needed = comparable(await rightsBeforeFreeze(source, await readCatalog(source, scope), taken.source), older);
  const found = comparable(await rightsBeforeFreeze(target, await readCatalog(target, scope), taken.target), older);
  const differences: CatalogDifference[] = [];
  for (const difference of compareCatalogs(found, needed)) {
    if (!(await printedAlike(target, difference))) differences.push(difference);
  }
  return { objects: needed.size, catalog: digestOf(Object.fromEntries(needed)), differences };
}

/** A catalog without what cannot be equal between two servers; `older`: the source does not know MAINTAIN. */
export function comparable(catalog: Catalog, older: boolean): Catalog {
  return new Map(
    [...catalog].flatMap(([object, definition]): [string, string][] => {
      if (object.startsWith('extension ')) return [[object, definition.replace(/^version \S+ /, '')]];
      if (/^FOREIGN KEY .* \(inherited\)$/s.test(definition)) return [];
      if (!older || !/^(grant|default privilege) /.test(object)) return [[object, definition]];
      const known = definition.split(', ').filter((privilege) => !privilege.startsWith('MAINTAIN'));
      return known.length === 0 ? [] : [[object, known.join(', ')]];
    }),
  );
}

/** A view's text is printed from its tree, each version in its own way: so this server is asked to print the source's. */
async function printedAlike(target: ClientBase, { object, found, needed }: CatalogDifference): Promise<boolean> {
  if (!object.startsWith('view ') || found === undefined || needed === undefined) return false;
  const [is, should] = [partsOf(found), partsOf(needed)];
  if (is.head !== should.head) return false;
  await target.query('begin');
  try {
    await target.query(qualifyEverything);
    await target.query(`create temporary view sallyport_printed as ${should.query}`);
    const { rows } = await target.query<{ printed: string }>(readPrinted);
    return rows[0]?.printed === is.query;
  } catch (error) {
    if (error instanceof DatabaseError) return false; // this server cannot make it of that text: a difference
    throw error;
  } finally {
    await target.query('rollback');
  }
}

/** Of a view in a catalog: what it is and whose, and its query. */
function partsOf(definition: string): { readonly head: string; readonly query: string } {
  const at = definition.search(/(?<=^|, )\s*(SELECT|WITH|VALUES|TABLE)\b/);
  return at < 0 ? { head: definition, query: '' } : { head: definition.slice(0, at), query: definition.slice(at) };
}
