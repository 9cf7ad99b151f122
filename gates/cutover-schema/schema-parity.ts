import { randomBytes } from 'node:crypto';
import type { ClientBase } from 'pg';
import { type Catalog, neverCompared } from '../catalog/catalog.ts';
import { type CatalogDifference, compareCatalogs } from '../catalog/compare.ts';
import type { WriteRight } from '../cutover/freeze/freeze-journal.ts';
import { serverVersion } from '../cutover/server-version.ts';
import type { Side } from '../cutover/sides.ts';
import { digestOf } from '../kernel/digest.ts';
import type { Release } from '../kernel/release.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { withoutHidden } from './foreign-options.ts';
import { printedAlike } from './printed-alike.ts';
import { rightsBeforeFreeze } from './rights-before-freeze.ts';
import { readWholeCatalog } from './whole-catalog.ts';

/** What two servers may call or print differently though it is the same, and what is not looked at; said in the evidence. */
export const notEqualAnyway: readonly string[] = [
  ...neverCompared,
  'versions of extensions and of collations (cutover-preflight compares them)',
  'names of the foreign keys that a key to or of a partitioned table makes for the partitions',
  'functions that a type brings with it',
  'the privilege MAINTAIN where the source is older than 17',
  "how the servers' versions print one and the same view or locale",
];

/** A comparison of the candidate with the source. */
export interface SchemaParity {
  readonly objects: number;
  /** Digest of the source's catalog, as it is compared; values that must not be shown are no part of it. */
  readonly catalog: string;
  readonly differences: readonly CatalogDifference[];
}

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
  // Of this comparison only, and kept nowhere: what was hashed with it cannot be guessed from the evidence.
  const salt = randomBytes(32).toString('hex');
  const read = async (client: ClientBase, side: Side) =>
    comparable(await rightsBeforeFreeze(client, await readWholeCatalog(client, scope, salt), taken[side]), older);
  const [needed, found] = [await read(source, 'source'), await read(target, 'target')];
  const differences: CatalogDifference[] = [];
  for (const difference of compareCatalogs(found, needed)) {
    if (!(await printedAlike(target, difference))) differences.push(difference);
  }
  const shown = [...needed].map(([object, definition]) => [object, withoutHidden(definition)]);
  return { objects: needed.size, catalog: digestOf(Object.fromEntries(shown)), differences };
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
