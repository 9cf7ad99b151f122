import type { Analysis, RawFinding } from './analyse.ts';
import { ownRules } from './catalogue.ts';
import { squawkRules } from './squawk-rules.ts';
import { widens } from './widens.ts';

/** What is known of the database that the migrations are for. */
export interface Catalog {
  /** Tables that are there, as `schema.name`. */
  readonly tables: ReadonlySet<string>;
  /** `schema.table.column` → its type as format_type has it, for the columns whose type a migration changes. */
  readonly types: ReadonlyMap<string, string>;
}

/** A finding that is no hazard here, and why. */
export interface Exempted {
  readonly index: number;
  readonly finding: RawFinding;
  readonly because: string;
}

/** Findings that count, by migration, and those that do not. */
export interface InContext {
  readonly findings: readonly (readonly RawFinding[])[];
  readonly exempted: readonly Exempted[];
}

/**
 * Puts analyses of pending migrations, in their order, into their context: a table that one of them makes is in nobody's
 * way, and a type that only gets wider harms nobody. Without a catalog, `if not exists` makes nothing new.
 */
export function inContext(analyses: readonly Analysis[], catalog: Catalog | undefined): InContext {
  const fresh = new Set<string>();
  const exempted: Exempted[] = [];
  const findings = analyses.map(({ findings, effects }, index) => {
    let next = 0;
    const apply = (until: number) => {
      for (let effect = effects[next]; effect !== undefined && effect.at < until; effect = effects[++next]) {
        if (effect.creates !== undefined) {
          const there = catalog === undefined ? effect.unlessThere === true : catalog.tables.has(full(effect.creates));
          if (!there) fresh.add(full(effect.creates));
        } else if (effect.renames !== undefined && effect.to !== undefined && fresh.delete(full(effect.renames))) {
          fresh.add(full(effect.to));
        }
      }
    };
    const counted = [...findings]
      .sort((a, b) => a.at - b.at)
      .filter((finding) => {
        apply(finding.at);
        const because = exemption(finding, fresh, catalog);
        if (because !== undefined) exempted.push({ index, finding, because });
        return because === undefined;
      });
    apply(Number.POSITIVE_INFINITY);
    return counted;
  });
  return { findings, exempted };
}

function exemption(finding: RawFinding, fresh: ReadonlySet<string>, catalog: Catalog | undefined): string | undefined {
  const { rule, table, column, to } = finding;
  if (table === undefined) return undefined;
  const inUse = squawkRules[rule]?.inUse ?? ownRules.has(rule);
  if (inUse && fresh.has(full(table))) return `${table} is made by a pending migration`;
  const type = column === undefined ? undefined : catalog?.types.get(`${full(table)}.${column}`);
  if (type === undefined || to === undefined || !widens(type, to)) return undefined;
  return `${column} is ${type}, and ${to} only widens it`;
}

/** A name without a schema is in `public`, as long as nobody has another search_path. */
export function full(table: string): string {
  return table.includes('.') ? table : `public.${table}`;
}
