import type { ClientBase } from 'pg';
import type { Release } from '../kernel/release.ts';
import { readHistory } from '../migrate/history.ts';

/** Names of the applied migrations of a release's tool, in the order they were applied. */
export async function appliedNames(client: ClientBase, release: Release): Promise<readonly string[]> {
  return (await readHistory(client, release.migrations)).applied;
}
