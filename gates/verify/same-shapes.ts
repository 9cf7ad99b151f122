import { blocker, type Finding } from '../kernel/verdict.ts';
import { firstSession, type Snapshot } from './snapshot.ts';
import { meaningOf } from './table-digest.ts';
import { readTableShapes, type TableShape } from './table-shape.ts';

/** The tables of both sides; their rows can be compared where nothing was found. */
export interface BothShapes {
  readonly source: readonly TableShape[];
  readonly target: readonly TableShape[];
  readonly findings: readonly Finding[];
}

const readEncoding = `select current_setting('server_encoding') as encoding`;

/** Reads the tables of both sides: their encoding, columns and keys must be the same before rows can be. */
export async function readBothShapes(source: Snapshot, target: Snapshot): Promise<BothShapes> {
  const [left, right] = await Promise.all([source, target].map((side) => readTableShapes(firstSession(side))));
  if (left === undefined || right === undefined) throw new Error('the shapes of two sides; needed for a comparison');
  return {
    source: left,
    target: right,
    findings: [...(await sameEncoding(source, target)), ...sameShapes(left, right)],
  };
}

async function sameEncoding(source: Snapshot, target: Snapshot): Promise<readonly Finding[]> {
  const read = async (side: Snapshot) =>
    (await firstSession(side).query<{ encoding: string }>(readEncoding)).rows[0]?.encoding;
  const [needed, found] = [await read(source), await read(target)];
  return needed === found ? [] : [blocker('VERIFY_ENCODING', 'target', String(found), String(needed))];
}

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
