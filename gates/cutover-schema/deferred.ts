import type { ClientBase } from 'pg';
import { type SlowForeignKey, type SlowIndex, slowForeignKeys, slowIndexes } from './slow-objects.ts';

export { pendingSlow, restoreSlow } from './restore-deferred.ts';

/** One transaction of the way back: an object is made, or held to the rows. */
interface Step {
  /** 1 indexes with their constraints, 2 foreign keys, 3 their validation. */
  readonly phase: 1 | 2 | 3;
  readonly kind: 'index' | 'constraint' | 'foreign key' | 'validation';
  readonly about: string;
  readonly statements: readonly string[];
  /** A query without parameters whose one value, a text, is then `expected`. */
  readonly proof: string;
  readonly expected: string;
}

const create = `
create schema if not exists sallyport;
create table if not exists sallyport.deferred (
  id bigint generated always as identity primary key,
  phase int not null,
  kind text not null,
  about text not null,
  statements text[] not null,
  proof text not null,
  expected text not null,
  done timestamptz
)`;
const forgetDone = `delete from sallyport.deferred where done is not null`;
const insert = `
insert into sallyport.deferred (phase, kind, about, statements, proof, expected) values ($1, $2, $3, $4, $5, $6)`;
const qualifyEverything = `set local search_path = pg_catalog`;

/**
 * Puts off what slows a load: drops secondary indexes, unique and exclusion constraints that no replica identity needs, and
 * foreign keys, and writes down how they are made again, all in one transaction. Again, it takes what has come since.
 * `restoreSlow` makes them. Gives the number of objects that were dropped.
 */
export async function deferSlow(client: ClientBase): Promise<number> {
  await client.query('begin');
  try {
    await client.query(qualifyEverything);
    await client.query(create);
    await client.query(forgetDone);
    const indexes = await slowIndexes(client);
    const keys = await slowForeignKeys(client);
    for (const { phase, kind, about, statements, proof, expected } of [
      ...indexes.map((index) => indexStep(client, index, indexes)),
      ...keys.flatMap((key) => keySteps(client, key)),
    ]) {
      await client.query(insert, [phase, kind, about, statements, proof, expected]);
    }
    const drops = [
      ...keys.filter((key) => !key.inherited).map((key) => `alter table ${key.table} drop constraint ${key.name}`),
      ...indexes.filter((index) => index.parent === null).map(dropIndex),
    ];
    for (const statement of drops) await client.query(statement);
    await client.query('commit');
    return drops.length;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function dropIndex({ name, table, constraint }: SlowIndex): string {
  return constraint === null ? `drop index ${name}` : `alter table ${table} drop constraint ${constraint}`;
}

/** An index of a partitioned table is made empty-handed, and the indexes that its partitions have by then are given to it. */
function indexStep(client: ClientBase, index: SlowIndex, all: readonly SlowIndex[]): Step {
  const { name, table, constraint, constraintDefinition, partitioned, comment, constraintComment, options } = index;
  const ownConstraint = constraint !== null && constraintDefinition !== null;
  const parts = all.filter((part) => part.parent === index.oid);
  const statements = [
    ownConstraint
      ? `alter table ${partitioned ? 'only ' : ''}${table} add constraint ${constraint} ${constraintDefinition}`
      : index.definition,
    ...(ownConstraint && options !== null ? [`alter index ${name} set (${options})`] : []),
    ...parts.map((part) => `alter index ${name} attach partition ${part.name}`),
    ...commentOn(client, `index ${name}`, comment),
    ...(ownConstraint ? commentOn(client, `constraint ${constraint} on ${table}`, constraintComment) : []),
  ];
  return {
    phase: 1,
    kind: ownConstraint ? 'constraint' : 'index',
    about: name,
    statements,
    proof: `select pg_get_indexdef(indexrelid) || case when indisvalid then '' else ' (not valid)' end as found
      from pg_index where indexrelid = ${client.escapeLiteral(name)}::regclass`,
    expected: index.definition,
  };
}

function keySteps(
  client: ClientBase,
  { name, table, definition, validates, comment }: SlowForeignKey,
): readonly Step[] {
  const about = `${name} on ${table}`;
  const proof = `select pg_get_constraintdef(oid) as found from pg_constraint
    where conrelid = ${client.escapeLiteral(table)}::regclass and quote_ident(conname) = ${client.escapeLiteral(name)}`;
  const add = `alter table ${table} add constraint ${name} ${definition}`;
  const comments = commentOn(client, `constraint ${about}`, comment);
  if (!validates) {
    return [{ phase: 2, kind: 'foreign key', about, statements: [add, ...comments], proof, expected: definition }];
  }
  const unvalidated = `${definition} NOT VALID`;
  const validate = [`alter table ${table} validate constraint ${name}`];
  return [
    {
      phase: 2,
      kind: 'foreign key',
      about,
      statements: [`${add} not valid`, ...comments],
      proof,
      expected: unvalidated,
    },
    { phase: 3, kind: 'validation', about, statements: validate, proof, expected: definition },
  ];
}

function commentOn(client: ClientBase, object: string, comment: string | null): readonly string[] {
  return comment === null ? [] : [`comment on ${object} is ${client.escapeLiteral(comment)}`];
}
