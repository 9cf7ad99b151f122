import type { ClientBase } from 'pg';
import type { MigrationFile } from '../release.ts';

const readHashes = `select name, sha256 from sallyport.migration_hash`;
const insertHashes = `
insert into sallyport.migration_hash (name, sha256) select * from unnest($1::text[], $2::text[])
on conflict (name) do nothing`;

/** Migration name → content hash as it was when it was applied, as far as that is on record. */
export async function recordedHashes(client: ClientBase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; sha256: string }>(readHashes);
  return new Map(rows.map((row) => [row.name, row.sha256]));
}

/** Puts the content hashes of applied migrations on record; the first record stays. */
export async function recordHashes(client: ClientBase, files: readonly MigrationFile[]): Promise<void> {
  await client.query(insertHashes, [files.map((file) => file.name), files.map((file) => file.sha256)]);
}
