import { escapeIdentifier as id } from 'pg';
import type { DatabaseAddress } from '../../infra/platform.ts';
import { roleName } from '../kernel/role-name.ts';
import type { World } from '../kernel/world.ts';
import { asMigrator } from './as-migrator.ts';

// One that is being built right now is invalid too, and not left over.
const readLeftovers = `
select n.nspname as schema, c.relname as name
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid and c.relname = any($1::text[]) and pg_get_userbyid(c.relowner) = $2
  and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
order by 1, 2`;
const waitForOthers = `set lock_timeout = 0; set statement_timeout = '120s'`;

/**
 * Drops invalid indexes that an earlier try of a pending migration left: a build under their name would fail, or, with
 * IF NOT EXISTS, keep them as they are. Only the migrating role may do that, so it is done as that role.
 */
export async function dropLeftovers(
  world: World,
  database: DatabaseAddress,
  names: readonly string[],
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const { rows } = await (await world.database()).query<{ schema: string; name: string }>(readLeftovers, [
    names,
    roleName(database, 'migrator'),
  ]);
  if (rows.length === 0) return [];
  await asMigrator(world, database, 'sallyport migrate drop-leftovers', async (migrator) => {
    await migrator.query(waitForOthers);
    for (const { schema, name } of rows) {
      world.say(`${schema}.${name} is invalid and left over from an earlier try: dropping it`);
      await migrator.query(`drop index concurrently if exists ${id(schema)}.${id(name)}`);
    }
  });
  return rows.map(({ schema, name }) => `${schema}.${name}`);
}
