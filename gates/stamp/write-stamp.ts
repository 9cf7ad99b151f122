import { type ClientBase, DatabaseError } from 'pg';
import { gateError } from '../kernel/gate-error.ts';
import type { Release } from '../kernel/release.ts';
import { type History, readHistory } from '../migrate/history.ts';
import { migrationTool } from '../migrate/tools/index.ts';
import type { NoStamp, Statement } from '../migrate/tools/migration-tool.ts';

/** What writes these migrations into an empty history of the release's tool; or why that cannot be. */
export function stampOf(
  { tool, files }: Release['migrations'],
  history: Pick<History, 'table' | 'exists'>,
  names: readonly string[],
): readonly Statement[] | NoStamp {
  const wanted = new Set(names);
  return migrationTool(tool).stamp(
    history,
    files.filter((file) => wanted.has(file.name)),
  );
}

/**
 * Writes a stamp in one transaction, which ends well only when the history was empty and the adapter then reads exactly
 * these migrations as applied. The session's role becomes the owner of a table that was not there.
 * @throws GateError STAMP_NOT_WRITTEN, HISTORY_OTHER or STAMP_UNSUPPORTED; nothing is written then.
 */
export async function writeStamp(
  client: ClientBase,
  migrations: Release['migrations'],
  names: readonly string[],
): Promise<void> {
  await client.query('begin');
  try {
    const before = await readHistory(client, migrations);
    if (before.rows.length > 0) {
      throw gateError('HISTORY_OTHER', migrations.tool, `${before.rows.length} migrations in it`, 'an empty history');
    }
    const stamp = stampOf(migrations, before, names);
    if ('needed' in stamp) throw gateError('STAMP_UNSUPPORTED', migrations.tool, stamp.found, stamp.needed);
    for (const { sql, values = [] } of stamp) await client.query(sql, [...values]);
    const { applied } = await readHistory(client, migrations);
    if (applied.join() !== names.join()) {
      const found = `${applied.length} migrations read back, up to ${applied.at(-1) ?? 'none'}`;
      throw gateError('STAMP_NOT_WRITTEN', migrations.tool, found, `${names.length}, up to ${names.at(-1)}`);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    if (!(error instanceof DatabaseError)) throw error;
    const needed = `a history that ${migrations.tool} itself would write, and the right to write it`;
    throw gateError('STAMP_NOT_WRITTEN', migrations.tool, error.message, needed, error);
  }
}
