import type { ClientBase } from 'pg';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import { invalidIndexes } from '../../migrate/invalid-indexes.ts';
import { enforced } from './enforced.ts';

const readUnvalidated = `
select format('%s on %s', conname, case when conrelid <> 0 then conrelid::regclass::text else contypid::regtype::text end) as name
from pg_constraint k where not convalidated and ${enforced} order by 1`;

/** Indexes that are not valid, and enforced constraints that were never checked against the rows that were there before them. */
export async function unfinished(client: ClientBase): Promise<readonly Finding[]> {
  const indexes = await invalidIndexes(client);
  const { rows } = await client.query<{ name: string }>(readUnvalidated);
  return [
    ...indexes.map((index) => blocker('INDEX_UNFINISHED', index, 'an index that is not valid', 'a valid one')),
    ...rows.map(({ name }) => blocker('CONSTRAINT_UNVALIDATED', name, 'not validated', 'a validated constraint')),
  ];
}
