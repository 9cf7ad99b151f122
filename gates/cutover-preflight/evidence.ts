import { z } from 'zod';
import type { PreflightFacts, SideFacts } from './facts.ts';
import { needsOf } from './needs.ts';
import { notCarried } from './not-carried.ts';

const side = z.object({
  id: z.string().describe('system identifier and database'),
  version: z.string(),
  bytes: z.number().int().describe('files of the database'),
  encoding: z.string(),
  locale: z.object({
    provider: z.string().describe('b builtin, c libc, i ICU'),
    collate: z.string(),
    ctype: z.string(),
    locale: z.string().nullable(),
    recorded: z.string().nullable().describe('version of the rules that the database was made by'),
    actual: z.string().nullable().describe('version of the rules now'),
  }),
  operator: z.string(),
  extensions: z.record(z.string(), z.string()),
  settings: z.record(z.string(), z.string()),
});

/** Body of the evidence of preflight. */
export const preflightEvidence = z.object({
  strategy: z.enum(['replicate', 'copy']),
  source: side.nullable(),
  target: side.nullable(),
  tables: z.number().int(),
  partitioned: z.number().int(),
  collations: z.array(z.object({ name: z.string(), source: z.string().nullable(), target: z.string().nullable() })),
  needed: z
    .object({ targetBytes: z.number().int(), walBytes: z.number().int() })
    .nullable()
    .describe('estimates; no SQL tells what is free'),
  notCarried: z.array(
    z.object({ what: z.string(), count: z.number().int(), names: z.array(z.string()), plan: z.string() }),
  ),
});

/** The evidence of what was seen; little of it where the gate ended early. */
export function reportOf(
  strategy: PreflightFacts['plan']['strategy'],
  facts: PreflightFacts | undefined,
): z.infer<typeof preflightEvidence> {
  if (facts === undefined) {
    const nothing = { tables: 0, partitioned: 0, collations: [], needed: null, notCarried: [] };
    return { strategy, source: null, target: null, ...nothing };
  }
  const { source, target } = facts;
  const there = new Map(target.collations.map((each) => [each.name, each.actual]));
  return {
    strategy,
    source: sideOf(source),
    target: sideOf(target),
    tables: source.relations.filter(({ kind, partition }) => ['r', 'p'].includes(kind) && !partition).length,
    partitioned: source.relations.filter(({ kind, partition }) => kind === 'p' && !partition).length,
    collations: source.collations.map(({ name, actual }) => ({
      name,
      source: actual,
      target: there.get(name) ?? null,
    })),
    needed: needsOf(facts),
    notCarried: notCarried(facts).map((each) => ({ ...each, names: [...each.names] })),
  };
}

function sideOf({ id, versionText, bytes, encoding, locale, operator, extensions, settings }: SideFacts) {
  return { id, version: versionText, bytes, encoding, locale, operator: operator.role, extensions, settings };
}
