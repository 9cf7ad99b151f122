import type { Catalog } from './catalog.ts';

/** An object in which two catalogs differ: `found` is absent where it is missing, `needed` where it should not be. */
export interface CatalogDifference {
  readonly object: string;
  readonly found?: string;
  readonly needed?: string;
}

/** Where `found` is not as `needed`, object by object, in the order of their names. What belongs to a table that is missing or too many is not told again. */
export function compareCatalogs(found: Catalog, needed: Catalog): readonly CatalogDifference[] {
  const objects = [...new Set([...found.keys(), ...needed.keys()])].sort();
  const differences = objects.flatMap((object): CatalogDifference[] => {
    const [is, should] = [found.get(object), needed.get(object)];
    if (is === should) return [];
    return [{ object, ...(is !== undefined && { found: is }), ...(should !== undefined && { needed: should }) }];
  });
  const wholeTables = differences
    .filter(({ object, found, needed }) => object.startsWith('table ') && (found === undefined || needed === undefined))
    .map(({ object }) => object.slice('table '.length));
  return differences.filter(({ object }) => !wholeTables.some((table) => belongsTo(object, table)));
}

/** A difference as a person reads it. */
export function differenceLine({ object, found, needed }: CatalogDifference): string {
  if (found === undefined) return `${object}: missing`;
  if (needed === undefined) return `${object}: not expected`;
  return `${object}: ${shorten(found)} instead of ${shorten(needed)}`;
}

function belongsTo(object: string, table: string): boolean {
  return (
    object.startsWith(`column ${table}.`) ||
    object.startsWith(`grant ${table} to `) ||
    object.startsWith(`grant ${table}.`) ||
    object.endsWith(` on ${table}`)
  );
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
