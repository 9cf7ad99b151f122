import type { Finding } from '../kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from './facts.ts';
import { duplicates } from './rules/duplicates.ts';
import { edited } from './rules/edited.ts';
import { naming } from './rules/naming.ts';
import { order } from './rules/order.ts';
import { schemaKnown } from './rules/schema-known.ts';

/** The rules of preflight that an exception can stand against, and whether the history is needed to judge them. */
export const tolerableRules: ReadonlyMap<string, { readonly history: boolean }> = new Map([
  ['MIGRATION_NAME', { history: false }],
  ['MIGRATION_DUPLICATE', { history: false }],
  ['MIGRATION_OUT_OF_ORDER', { history: true }],
  ['MIGRATION_EDITED', { history: true }],
  ['MIGRATION_MISSING', { history: true }],
]);

/** What preflight has against the migrations themselves, before exceptions. */
export function migrationFindings(
  facts: PreflightFacts,
  inputs: Pick<PreflightInputs, 'release' | 'naming'>,
): readonly Finding[] {
  return [
    ...naming(inputs),
    ...duplicates(facts, inputs),
    ...order(facts, inputs),
    ...edited(facts, inputs),
    ...schemaKnown(facts, inputs),
  ];
}
