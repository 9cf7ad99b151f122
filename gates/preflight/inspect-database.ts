import type { ClientBase } from 'pg';
import { schemaDrift } from '../baseline/schema-drift.ts';
import { applicationLeft } from '../cutover/steps/application-left.ts';
import { acceptedReleases, isProven } from '../kernel/ledger/accepted.ts';
import { currentHold } from '../kernel/ledger/hold.ts';
import { recordedHashes } from '../kernel/ledger/migration-hash.ts';
import { hasLedger } from '../kernel/ledger/schema.ts';
import { type Release, releaseDigest } from '../kernel/release.ts';
import { readHistory } from '../migrate/history.ts';
import { historyDigest } from '../migrate/history-digest.ts';
import type { PreflightFacts } from './facts.ts';

/** Reads what preflight must know of the database: the tool's history and our own ledger. */
export async function inspectDatabase(
  client: ClientBase,
  release: Release,
): Promise<NonNullable<PreflightFacts['database']>> {
  const history = await readHistory(client, release.migrations);
  const { applied, recorded } = history;
  if (!(await hasLedger(client))) {
    const schema = { onRecord: false, differences: [] };
    return { applied, history, hashes: new Map(), accepted: [], hold: undefined, proven: false, schema };
  }
  return {
    schema: await schemaDrift(client, release.migrations, recorded),
    applied,
    history,
    hashes: await recordedHashes(client),
    accepted: await acceptedReleases(client),
    hold: await currentHold(client),
    left: await applicationLeft(client),
    proven: await isProven(client, releaseDigest(release), historyDigest(recorded)),
  };
}
