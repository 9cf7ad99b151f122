import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** What holds rows and cannot be carried over is not there. */
export function notReplicated({ plan, source }: PreflightFacts): readonly Finding[] {
  const unlogged = source.relations.filter(({ kind, unlogged }) => unlogged && (kind === 'r' || kind === 'p'));
  const foreign = source.relations.filter(({ kind }) => kind === 'f');
  const lobs = source.largeObjects;
  return [
    ...(lobs === 0
      ? []
      : [blocker('LARGE_OBJECTS', plan.source.at, `${lobs === 1000 ? '1000 or more' : lobs} large objects`, 'none')]),
    ...(plan.strategy === 'replicate'
      ? unlogged.map(({ name }) =>
          blocker(
            'TABLE_UNLOGGED',
            name,
            'an unlogged table, which cannot be published',
            'a logged one',
            `Run: alter table ${name} set logged; or drop it in a migration, if nothing needs it.`,
          ),
        )
      : []),
    ...foreign.map(({ name, partition }) =>
      partition
        ? blocker('FOREIGN_TABLE', name, 'a partition on another server', 'partitions of this server only')
        : warning('FOREIGN_TABLE', name, 'rows on another server', 'that server within reach of the target'),
    ),
  ];
}
