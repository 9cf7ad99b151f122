import type { Catalog } from '../catalog/catalog.ts';
import { compareCatalogs } from '../catalog/compare.ts';
import type { Drill } from './facts.ts';
import type { RehearsalPlan } from './rehearsal.ts';
import { endOf, type ToolRun, toolOn, withCount } from './tool-run.ts';

/** Takes the migration that has just run back, and runs it again; the catalog tells whether both lead where they should. */
export async function drill(
  plan: RehearsalPlan,
  name: string,
  run: ToolRun,
  before: Catalog,
  after: Catalog,
  read: () => Promise<Catalog>,
): Promise<Drill> {
  const { downCommand, stepCommand, irreversible, boundSeconds, shadow } = plan;
  if (run.code !== 0) return { kind: 'left-out', reason: 'it did not run' };
  const reason = irreversible.get(name);
  if (reason !== undefined) return { kind: 'irreversible', reason };
  if (downCommand === undefined || stepCommand === undefined) {
    return { kind: 'left-out', reason: 'no command that takes one migration back and runs it again' };
  }
  const down = await toolOn(plan, withCount(downCommand, 1), shadow.migrator);
  if (down.code !== 0) {
    const lost = compareCatalogs(await read(), after).length > 0;
    return { kind: 'failed', found: endOf(down, boundSeconds), lost };
  }
  const afterDown = compareCatalogs(await read(), before);
  const up = await toolOn(plan, withCount(stepCommand, 1), shadow.migrator);
  if (up.code !== 0) return { kind: 'failed', found: `up again: ${endOf(up, boundSeconds)}`, lost: true };
  return { kind: 'drilled', afterDown, afterUp: compareCatalogs(await read(), after) };
}
