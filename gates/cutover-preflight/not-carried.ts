import type { PreflightFacts, SourceRelation } from './facts.ts';

/** What the rows' way over does not carry, how much of it there is, and what becomes of it. */
export interface NotCarried {
  readonly what: string;
  readonly count: number;
  /** Twenty at the most. */
  readonly names: readonly string[];
  readonly plan: string;
}

const shown = 20;

/** Lists what neither replication nor a copy of rows carries over, each with its plan. */
export function notCarried({ plan, source }: PreflightFacts): readonly NotCarried[] {
  const kind = (...kinds: string[]) => source.relations.filter((relation) => kinds.includes(relation.kind));
  const entry = (what: string, names: readonly string[], plan: string): NotCarried => ({
    what,
    count: names.length,
    names: names.slice(0, shown),
    plan,
  });
  const unlogged = kind('r', 'p').filter((table) => table.unlogged);
  const schema = 'come from the migrations; cutover-schema compares them';
  return [
    entry('values of sequences', namesOf(kind('S')), 'carried at the flip'),
    entry('rows of materialized views', namesOf(kind('m')), 'refreshed on the target at the flip'),
    entry('generated columns', generatedIn(source.relations), 'computed by the target; verification compares them'),
    {
      ...entry('large objects', [], 'blocks as long as there are any'),
      count: source.largeObjects,
    },
    entry(
      'rows of unlogged tables',
      namesOf(unlogged),
      plan.strategy === 'replicate' ? 'blocks: an unlogged table cannot be published' : 'copied like other rows',
    ),
    entry('rows of foreign tables', namesOf(kind('f')), 'stay where they are; a partition of a table blocks'),
    entry('rules', source.rules, `${schema}; replicated rows do not pass through them`),
    entry('event triggers', source.eventTriggers, schema),
    entry('other slots and what reads by them', source.otherSlots, 'readers are moved by hand after the flip'),
    entry(
      'roles, their passwords and memberships',
      source.roles,
      'exist on the target already; only names are compared',
    ),
    entry('settings of the database and its roles', Object.keys(source.databaseSettings), 'set by hand; compared here'),
    entry('changes of the schema', [], 'none may be made until the flip: they are not replicated'),
    entry('statistics of the planner', [], 'made anew on the target (analyze)'),
  ];
}

function namesOf(relations: readonly SourceRelation[]): readonly string[] {
  return relations.map((relation) => relation.name);
}

function generatedIn(relations: readonly SourceRelation[]): readonly string[] {
  return relations.flatMap(({ name, generated }) => generated.map((column) => `${name}.${column}`));
}
