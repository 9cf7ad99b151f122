import { Client, DatabaseError } from 'pg';
import { stronger } from '../../../gates/rehearse/model.ts';
import { type Observed, observed } from '../../../gates/rehearse/observed.ts';
import { relationsOf } from '../../../gates/rehearse/relations.ts';
import { openTracer } from '../../../gates/rehearse/trace/tracer.ts';
import type { DeskServer } from '../../stacks/app/desk-database.ts';
import type { Hazard } from '../lint/hazards.ts';

/** A hazard's migration under the rehearsal's tracer: whether it saw what the hazard is, and in words what it saw. */
export interface TracedHazard {
  readonly found: boolean;
  readonly saw: string;
}

/** Runs a hazard's migration in a database of its own, as a tool would, with the tracer in between. */
export async function traceHazard(server: DeskServer, name: string, hazard: Hazard): Promise<TracedHazard> {
  const { admin } = await server.create(name);
  const owner = new Client({ connectionString: admin });
  await owner.connect();
  const tracer = await openTracer(admin);
  const tool = new Client({ connectionString: tracer.url });
  try {
    for (const statement of [hazard.setup, ...(hazard.alone ?? [])]) if (statement) await owner.query(statement);
    const tables = await relationsOf(owner, { withoutSchemas: [], withoutRelations: [] });
    await tool.connect();
    const refusal = await migrate(tool, hazard);
    const traced = tracer.take();
    const on = observed(traced, tables);
    const rows = traced.flatMap(({ changed }) => changed.filter(([oid]) => tables.has(oid)));
    const changed = rows.reduce((sum, [, count]) => sum + count, 0);
    return { found: isFound(hazard, on, changed, refusal), saw: inWords(on, changed, refusal) };
  } finally {
    await tool.end();
    await tracer.close();
    await owner.end();
  }
}

/** The SQLSTATE with which the migration is refused; undefined when it is not. */
async function migrate(tool: Client, { sql, outside }: Hazard): Promise<string | undefined> {
  try {
    if (outside !== true) await tool.query('begin');
    await tool.query(sql);
    if (outside !== true) await tool.query('commit');
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError && error.code !== undefined) return error.code;
    throw error;
  }
}

/** Seen is only what the hazard is: its lock and its rewrite, its rows, its refusal, or for the loss of an object the lock that goes with it. */
function isFound(hazard: Hazard, on: readonly Observed[], changed: number, refusal: string | undefined): boolean {
  const { lock, rewrites, relation = 't', refused, holds } = hazard;
  if (lock === 'RowExclusiveLock') return changed > 0;
  if (lock !== undefined) {
    const there = on.find(({ table, mode }) => table === `public.${relation}` && mode !== null);
    if (there === undefined || stronger(there.mode ?? undefined, lock) !== there.mode) return false;
    return rewrites !== true || there.did.includes('rewrite');
  }
  if (refused !== undefined) return refusal === refused.code;
  return holds !== undefined && on.some(({ mode }) => mode !== null);
}

function inWords(on: readonly Observed[], changed: number, refusal: string | undefined): string {
  const tables = on.map(({ table, mode, did }) => `${table}: ${[mode ?? 'no lock', ...did].join(', ')}`);
  const rest = [changed > 0 && `${changed} rows changed`, refusal !== undefined && `refused ${refusal}`];
  return [...tables, ...rest.filter(Boolean)].join('; ') || 'nothing';
}
