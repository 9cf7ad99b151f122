import { namesOf, type Plan } from '../cutover/plan.ts';
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
const schema = 'come from the migrations; cutover-schema compares them';
const unseen = 'come from the migrations, or are made by hand; no gate compares them';

/**
 * Lists what neither replication nor a copy of rows carries over, each with its plan: all that PostgreSQL's documentation
 * restricts logical replication by, and all that a database has beside rows and the catalogs that cutover-schema compares.
 */
export function notCarried({ plan, source }: PreflightFacts): readonly NotCarried[] {
  const { beside } = source;
  return [
    ...rowsLeft(plan, source.relations),
    { ...entry('large objects', [], 'blocks as long as there are any'), count: source.largeObjects },
    ...ofExtensions(source),
    entry('rules', source.rules, `${schema}; replicated rows do not pass through them`),
    entry('event triggers', source.eventTriggers, schema),
    entry('other slots and what reads by them', source.otherSlots, 'readers are moved by hand after the flip'),
    entry('publications', othersIn(plan, source), 'made by a migration or by hand; subscribers are pointed anew'),
    entry('subscriptions', [...source.subscriptions, ...source.detached], 'block unless disabled and without a slot'),
    entry('user mappings of foreign servers', beside.userMappings, 'made by hand: they hold passwords'),
    { ...entry('comments and security labels', [], unseen), count: beside.comments },
    entry('storage, compression and statistics targets of columns', beside.columns, unseen),
    entry('tablespaces, access methods and clustering of tables', beside.kept, unseen),
    entry('triggers of foreign keys that are off', beside.keyTriggers, 'on, as the target makes the keys'),
    entry('rights on languages and parameters', beside.grants, unseen),
    entry('rights on what belongs to extensions', beside.extensionGrants, unseen),
    entry('rights on the database', source.databaseGrants, 'given by hand; compared here'),
    entry(
      'roles, their passwords and memberships',
      source.roles,
      'exist on the target already; only names are compared',
    ),
    entry('settings of the database and its roles', Object.keys(source.databaseSettings), 'set by hand; compared here'),
    entry('owner, tablespace and connection limit of the database', [], 'as the target was made; not compared'),
    entry('changes of the schema', [], 'none may be made until the flip: they are not replicated'),
    entry('statistics of the planner', [], 'made anew on the target (analyze)'),
  ];
}

function entry(what: string, names: readonly string[], plan: string): NotCarried {
  return { what, count: names.length, names: names.slice(0, shown), plan };
}

function rowsLeft({ strategy }: Pick<Plan, 'strategy'>, relations: readonly SourceRelation[]): readonly NotCarried[] {
  const kind = (...kinds: string[]) => relations.filter((relation) => kinds.includes(relation.kind));
  const named = (some: readonly SourceRelation[]) => some.map(({ name }) => name);
  const unlogged = named(kind('r', 'p').filter((table) => table.unlogged));
  const generated = relations.flatMap(({ name, generated }) => generated.map((column) => `${name}.${column}`));
  return [
    entry('values of sequences', named(kind('S')), 'carried at the flip'),
    entry('rows of materialized views', named(kind('m')), 'refreshed on the target at the flip'),
    entry('generated columns', generated, 'computed by the target; verification compares them'),
    entry(
      'rows of unlogged tables',
      unlogged,
      strategy === 'replicate' ? 'blocks: an unlogged table cannot be published' : 'copied like other rows',
    ),
    entry('rows of foreign tables', named(kind('f')), 'stay where they are; a partition of a table blocks'),
  ];
}

function ofExtensions({ extensionRows, extensionTables }: PreflightFacts['source']): readonly NotCarried[] {
  const kept = extensionRows.filter(({ rows }) => rows !== 0);
  const names = kept.map(({ extension, name }) => `${name} of ${extension}`);
  return [
    {
      ...entry('rows that extensions keep for their users', names, 'block until as many are on the target, by hand'),
      count: kept.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
    },
    entry('other tables of extensions', extensionTables, 'left to the extensions, as pg_dump leaves them'),
  ];
}

function othersIn(plan: Plan, { publications }: PreflightFacts['source']): readonly string[] {
  const { publication } = namesOf(plan);
  return publications
    .map(({ name }) => name)
    .filter((name) => name !== publication && !name.startsWith(`${publication}#`));
}
