import type { ClientBase } from 'pg';
import type { Catalog } from '../catalog/catalog.ts';
import { compareCatalogs, differenceLine } from '../catalog/compare.ts';
import { GateError } from '../kernel/gate-error.ts';
import { blocker } from '../kernel/verdict.ts';
import { groundNow } from './ground.ts';

/** Kinds in the order in which they go; what is missing here goes with what it belongs to. */
const order = [
  'event trigger',
  'publication',
  'schema',
  'view',
  'table',
  'sequence',
  'function',
  'type',
  'cast',
  'operator class',
  'operator family',
  'operator',
  'text search configuration',
  'text search dictionary',
  'conversion',
  'collation',
  'server',
  'foreign-data wrapper',
  'extension',
] as const;

/** Running the migrations again gives these again: they need not go. */
const repeatable = /^(grant|default privilege) /;

/**
 * Takes away whatever stands in a candidate and not on its ground: what the migrations of an earlier build made. Each
 * object by itself, so that it can be killed anywhere.
 * @throws GateError CANDIDATE_NOT_CLEAN when the ground is not as it was afterwards.
 */
export async function cleanTarget(client: ClientBase, ground: Catalog): Promise<number> {
  const made = [...(await groundNow(client))].filter(([object]) => !ground.has(object));
  const drops = order.flatMap((kind) =>
    made
      .filter(
        ([object]) => object.startsWith(`${kind} `) && order.find((each) => object.startsWith(`${each} `)) === kind,
      )
      .map(([object, definition]) => dropOf(kind, object.slice(kind.length + 1), definition)),
  );
  for (const statement of drops) await client.query(statement);
  const left = compareCatalogs(await groundNow(client), ground).filter(({ object }) => !repeatable.test(object));
  if (left.length > 0) {
    const needed = 'the database as it was before the first build';
    throw new GateError(left.map((each) => blocker('CANDIDATE_NOT_CLEAN', each.object, differenceLine(each), needed)));
  }
  return drops.length;
}

function dropOf(kind: (typeof order)[number], name: string, definition: string): string {
  const drop = (what: string, which = name) => `drop ${what} if exists ${which} cascade`;
  switch (kind) {
    case 'table':
      return drop(definition.startsWith('foreign') ? 'foreign table' : 'table');
    case 'view':
      return drop(definition.startsWith('materialized') ? 'materialized view' : 'view');
    case 'function':
      return definition.startsWith('aggregate ') ? drop('aggregate', name.replace(/\(\)$/, '(*)')) : drop('routine');
    case 'foreign-data wrapper':
      return drop('foreign data wrapper');
    default:
      return drop(kind);
  }
}
