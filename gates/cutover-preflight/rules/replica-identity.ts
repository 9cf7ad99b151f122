import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts, SourceRelation } from '../facts.ts';

/**
 * Every table says which row a change is of. Once a table without is published, updates and deletes of its rows fail on
 * the source: the application stands still.
 */
export function replicaIdentity({ plan, source }: PreflightFacts): readonly Finding[] {
  if (plan.strategy !== 'replicate') return [];
  return source.relations
    .filter(({ kind }) => kind === 'r' || kind === 'p')
    .flatMap((table) => [...unidentified(table), ...full(table), ...generated(table)]);
}

function unidentified({ name, identified, identity, deferrable }: SourceRelation): readonly Finding[] {
  if (identified) return [];
  const found =
    identity === 'n'
      ? 'replica identity nothing'
      : identity === 'd' && deferrable
        ? 'a deferrable primary key, which is no replica identity'
        : 'no key that is a replica identity';
  const recovery = `Add a primary key that is not deferrable in a migration, or run: alter table ${name} replica identity using index <unique index>; or, slower: alter table ${name} replica identity full;`;
  return [blocker('REPLICA_IDENTITY', name, found, 'a replica identity', recovery)];
}

function full({ name, identity, kind }: SourceRelation): readonly Finding[] {
  if (identity !== 'f' || kind !== 'r') return [];
  return [warning('REPLICA_IDENTITY_FULL', name, 'replica identity full', 'a key')];
}

/** Generated columns are not published. */
function generated({ name, generatedKey }: SourceRelation): readonly Finding[] {
  if (generatedKey.length === 0) return [];
  return [
    blocker('GENERATED_KEY', name, `${generatedKey.join(', ')} in its replica identity`, 'a key of stored values'),
  ];
}
