import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hazards } from '../../test/gates/lint/hazards.ts';
import { rulesFor } from '../../test/gates/lint/rules-for.ts';
import { lintOfHistory, traceOfHistory } from '../../test/gates/rehearse/sample-history.ts';
import { traceHazard } from '../../test/gates/rehearse/trace-hazard.ts';
import { startDeskServer } from '../../test/stacks/app/desk-database.ts';
import type { BenchRow } from './bench-row.ts';

interface Seen {
  readonly hazard: string;
  readonly named: readonly string[];
  readonly rule: boolean;
  readonly trace: boolean;
  readonly saw: string;
}

/**
 * Who finds each of the hazards that squawk, eugene and our own list name, and what is found where there is none. eugene's
 * E9 is not among them: a session without timeouts, which the gate migrate does not allow.
 */
export async function benchHazards(): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const server = await startDeskServer();
  try {
    const directory = join(folder, 'migrations');
    await mkdir(directory);
    const migrations = hazards.map(({ sql, outside }, at) => ({ name: `h${at}`, sql, transactional: !outside }));
    const rules = await rulesFor(directory, migrations, writeFile);
    const all: Seen[] = [];
    for (const [at, hazard] of hazards.entries()) {
      const { found, saw } = await traceHazard(server, `hazard_${at}`, hazard);
      const rule = rules.get(`h${at}`)?.includes(hazard.rule) ?? false;
      all.push({ hazard: hazard.sql.slice(0, 60), named: hazard.named, rule, trace: found, saw });
    }
    console.table(
      all.map(({ hazard, rule, trace, saw }) => ({ hazard, by: finders(rule, trace), 'the trace saw': saw })),
    );
    const [linted, traced] = [await lintOfHistory(), await traceOfHistory(server, 'history')];
    return [
      of('of squawk', all, /^squawk /),
      of('of eugene', all, /^eugene /),
      of('of our own list', all, /^(?!squawk |eugene )/),
      falsePositives('lint', linted),
      falsePositives('trace and lock budget', traced),
    ];
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A name counts as found by one who finds all its examples. */
function of(whose: string, all: readonly Seen[], pattern: RegExp): BenchRow {
  const names = [...new Set(all.flatMap(({ named }) => named))].filter((name) => pattern.test(name));
  const by = (finds: (seen: Seen) => boolean) =>
    names.filter((name) => all.filter(({ named }) => named.includes(name)).every(finds));
  const rule = by((seen) => seen.rule).length;
  const trace = by((seen) => seen.trace).length;
  const both = by((seen) => seen.rule && seen.trace).length;
  const either = by((seen) => seen.rule || seen.trace);
  const missed = names.filter((name) => !either.includes(name));
  const note = `by rule ${rule}, by trace ${trace}, by both ${both}${missed.length > 0 ? `; missed: ${missed.join(', ')}` : ''}`;
  return {
    name: `hazards ${whose}: found by nobody`,
    ours: missed.length,
    other: names.length,
    unit: '',
    limit: 0,
    note,
  };
}

function falsePositives(by: string, findings: readonly string[]): BenchRow {
  const note = findings.join('; ') || 'none';
  return { name: `false positives of ${by}, sample history`, ours: findings.length, unit: 'findings', limit: 0, note };
}

function finders(rule: boolean, trace: boolean): string {
  if (rule) return trace ? 'both' : 'rule';
  return trace ? 'trace' : 'NEITHER';
}
