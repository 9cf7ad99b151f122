import type { Accepted } from '../../../gates/kernel/ledger/accepted.ts';
import { type Release, releaseDigest } from '../../../gates/kernel/release.ts';
import type { History } from '../../../gates/migrate/history.ts';
import type { PreflightFacts, PreflightInputs } from '../../../gates/preflight/facts.ts';
import { sampleInputs, sampleMigrations, sampleRelease } from '../sample-release.ts';

/** Preflight's inputs for the sample release. */
export function preflightInputs(changes: Partial<PreflightInputs> = {}): PreflightInputs {
  const naming = { pattern: '^\\d{14}_[a-z0-9-]+\\.(sql|js|ts)$', example: '20250110093000_create-events.sql' };
  return { ...sampleInputs(), naming, replay: false, driftPolicy: 'block', ...changes };
}

/** What preflight sees of a database in which all of the sample's migrations are applied and nothing is accepted. */
export function factsWith(database: Partial<NonNullable<PreflightFacts['database']>> = {}): PreflightFacts {
  const hashes = new Map(sampleMigrations.map((name) => [name, `sha of ${name}`]));
  const applied = database.applied ?? [...sampleMigrations];
  const history = historyOf(applied);
  const nothing = { accepted: [], hold: undefined, proven: false, schema: { onRecord: true, differences: [] } };
  const seen = { applied, history, hashes, ...nothing, ...database };
  return { now: '2026-03-02T10:00:00Z', pending: true, database: seen };
}

/** A history in which these migrations are applied, and nothing else happened. */
export function historyOf(applied: readonly string[]): History {
  const rows = applied.map((name) => ({ name, state: 'applied' as const }));
  const table = { schema: 'public', table: 'pgmigrations' };
  return { applied, recorded: applied, rows, table, exists: true, others: [] };
}

/** What preflight sees in a preview that does not know where the database is. */
export const nothingKnown: PreflightFacts = { now: '2026-03-02T10:00:00Z', pending: true };

/** A release on record as accepted. */
export function acceptedAs(seq: number, release: Release, mode: Accepted['mode'] = 'forward'): Accepted {
  const { sha } = release;
  const record = { seq, at: `2026-03-0${seq} 10:00:00+00`, sha, releaseDigest: releaseDigest(release), release, mode };
  return { ...record, revisions: { api: `api--r${seq}` }, historyDigest: `history ${seq}` };
}

/** Another release than the sample. */
export function releaseOf(sha: string): Release {
  return sampleRelease({ sha });
}
