import { z } from 'zod';
import { type Claim, claimOf } from '../lint/claims.ts';
import { full } from '../lint/context.ts';
import type { RehearsedMigration } from './facts.ts';
import { stronger } from './model.ts';
import type { Observed } from './observed.ts';
import { blockingModes } from './trace/snapshot.ts';

/** What lint hands on of its findings, as far as it is compared here. */
export const lintHazards = z.array(z.object({ rule: z.string(), file: z.string(), table: z.string().nullable() }));

export type LintHazard = z.infer<typeof lintHazards>[number];

/** A rule's word beside what the trace saw of the same migration and table. `rule` is null where no rule said anything. */
export interface RuleAndTrace {
  readonly migration: string;
  readonly table: string | null;
  readonly rule: string | null;
  readonly ruleSays: string;
  readonly traceSaw: string;
  readonly agree: boolean;
}

/**
 * Every claim of a rule about locks beside what the trace saw, and what the trace saw that no rule named. `migrations`
 * are those that were run, `filesOf` gives a migration's files; of one that failed nothing is said. A claim is held against the whole of its
 * migration: one of two statements that does what a rule says is enough to agree. Pure.
 */
export function ruleAndTrace(
  migrations: readonly Pick<RehearsedMigration, 'name' | 'run' | 'observed'>[],
  hazards: readonly LintHazard[],
  filesOf: (migration: string) => readonly string[],
): readonly RuleAndTrace[] {
  return migrations.flatMap(({ name, run, observed }) => {
    if (run.code !== 0) return [];
    const files = filesOf(name);
    const ours = hazards.filter(({ file }) => files.includes(file));
    const compared = ours.flatMap(({ rule, table }) => {
      const claim = claimOf(rule);
      if (claim === undefined || !blockingModes.has(claim.lock)) return [];
      const on = observed.filter((each) => isTable(each.table, table));
      return [{ migration: name, table, rule, ruleSays: said(claim), traceSaw: sawOn(on), agree: agrees(claim, on) }];
    });
    const unnamed = observed
      .filter((each) => each.waitedFor.length > 0 && !ours.some((hazard) => names(hazard, each.table)))
      .map((each) => ({ migration: name, table: each.table, rule: null, agree: false, traceSaw: sawOn([each]) }));
    return [...compared, ...unnamed.map((each) => ({ ...each, ruleSays: 'nothing' }))];
  });
}

/** A finding that only says that it cannot tell what is done names nothing. */
function names({ rule, table }: LintHazard, seen: string): boolean {
  return (table !== null || claimOf(rule) !== undefined) && isTable(seen, table);
}

/** A rule that names no table is about any; a name without a schema may be in each. */
function isTable(seen: string, named: string | null): boolean {
  if (named === null) return true;
  return seen === full(named) || (!named.includes('.') && seen.endsWith(`.${named}`));
}

function agrees({ lock, work }: Claim, on: readonly Observed[]): boolean {
  const mode = modeOn(on);
  if (mode === null || stronger(mode, lock) !== mode) return false;
  if (work === undefined) return true;
  if (work === 'rewrite') return on.some(({ did }) => did.includes('rewrite'));
  return on.some(({ did, scansUnseen }) => did.length > 0 || scansUnseen);
}

function modeOn(on: readonly Observed[]): string | null {
  return on.reduce<string | null>((all, { mode }) => (mode === null ? all : stronger(all ?? undefined, mode)), null);
}

function said({ lock, work }: Claim): string {
  return work === undefined ? lock : `${lock} and a ${work}`;
}

function sawOn(on: readonly Observed[]): string {
  const work = [...new Set(on.flatMap(({ did }) => did))];
  const lock = modeOn(on) ?? 'no lock that keeps others waiting';
  return `${lock}, ${work.length === 0 ? 'no rewrite, index build or scan' : work.join(', ')}`;
}
