import { type Reason, reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-schema. */
export const cutoverSchemaReasons = {
  SCHEMA_PARITY: reason(
    'cutover-schema',
    'failed',
    "The candidate's schema is not the source's: the migrations give something else than the database that serves has.",
    'Write a migration for what was changed outside of migrations (or take it back on the source), promote it, then run `npm run cutover` again.',
  ),
  SCHEMA_MIGRATIONS_FAILED: reason(
    'cutover-schema',
    'failed',
    "The release's migrations do not bring the candidate to head.",
    'Mend what the migration tool says; what it expects of an empty database (roles, schemas, extensions) is made by hand on the target.',
  ),
  SCHEMA_BY_HAND: reason(
    'cutover-schema',
    'failed',
    'This platform cannot run the migrations on another database, and the candidate is not at head.',
    "Run the release's migrations on the target as its migrating role (the database is marked as this cutover's now), then run `npm run cutover` again.",
  ),
  CANDIDATE_NOT_CLEAN: reason(
    'cutover-schema',
    'failed',
    'An earlier build of the candidate left something that could not be taken away, or that nobody knows the origin of.',
    "Drop the target's database and make it anew, then run `npm run cutover` again.",
  ),
  CANDIDATE_NOT_EMPTIED: reason(
    'cutover-schema',
    'failed',
    'A table of the candidate has rows after it was emptied.',
    'Look for a trigger on the table named that writes or keeps rows; disable it while the candidate is built.',
  ),
  DEFERRED_NOT_RESTORED: reason(
    'cutover-schema',
    'failed',
    'An index or a constraint that was put off for the load could not be made again as it was.',
    'Mend what the server says of the object named: rows that break it came from the source, so mend them there; then run `npm run cutover` again.',
  ),
} as const satisfies Record<string, Reason>;
