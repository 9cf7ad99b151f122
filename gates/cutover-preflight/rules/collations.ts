import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { Collation, Locale, PreflightFacts } from '../facts.ts';

/**
 * Text sorts on the target as on the source. Where it does not, indexes are right all the same, as the target builds its
 * own; but results come in another order, and rows may belong to another partition where ranges of text divide a table.
 */
export function collations({ source, target, plan }: PreflightFacts): readonly Finding[] {
  const ranged = source.relations.filter((relation) => relation.rangeCollation !== null).map(({ name }) => name);
  const by = ranged.length > 0 ? blocker : warning;
  const where = ranged.length > 0 ? `; ranges of text divide ${ranged.join(', ')}` : '';
  const differs = (about: string, found: string, needed: string) =>
    by('COLLATION_DIFFERS', about, `${found}${where}`, `${needed}, as on the source`);
  const [is, should] = [target.locale, source.locale];
  const byDefault =
    sortOf(is) !== sortOf(should)
      ? [differs('by default', sortOf(is), sortOf(should))]
      : is.actual !== should.actual
        ? [differs('by default', versionOf(is.actual), versionOf(should.actual))]
        : [];
  const here = new Map(target.collations.map((each) => [each.name, each]));
  const named = source.collations.flatMap((each) => {
    const found = here.get(each.name);
    if (found === undefined) {
      // A migration makes the others; if none does, the schemas will differ.
      const missing = "a collation that the target's server does not have";
      return each.system ? [blocker('COLLATION_MISSING', each.name, missing, 'it, as on the source')] : [];
    }
    return found.actual === each.actual ? [] : [differs(each.name, versionOf(found.actual), versionOf(each.actual))];
  });
  return [
    ...byDefault,
    ...named,
    ...stale(plan.source.at, should, source.collations),
    ...stale(plan.target.at, is, target.collations),
  ];
}

/** The provider's rules are not those any more that indexes on this side were built by. */
function stale(at: string, locale: Locale, collations: readonly Collation[]): readonly Finding[] {
  return [{ name: 'the default collation', recorded: locale.recorded, actual: locale.actual }, ...collations]
    .filter(({ recorded, actual }) => recorded !== null && actual !== null && recorded !== actual)
    .map(({ name, recorded, actual }) =>
      warning('COLLATION_STALE', `${at} ${name}`, `version ${actual} of its rules`, `${recorded}, as it was made by`),
    );
}

function sortOf({ provider, collate, ctype, locale }: Locale): string {
  const providers: Readonly<Record<string, string>> = { b: 'builtin', c: 'libc', i: 'icu' };
  return `${providers[provider] ?? provider} ${provider === 'c' ? `${collate}/${ctype}` : locale}`;
}

function versionOf(version: string | null): string {
  return version === null ? 'rules without a version' : `version ${version} of its rules`;
}
