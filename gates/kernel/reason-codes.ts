import { cutoverReasons } from '../cutover/reasons.ts';
import { cutoverBackfillReasons } from '../cutover-backfill/reasons.ts';
import { cutoverFlipReasons } from '../cutover-flip/reasons.ts';
import { cutoverGateReasons } from '../cutover-gate/reasons.ts';
import { cutoverPreflightReasons } from '../cutover-preflight/reasons.ts';
import { cutoverSchemaReasons } from '../cutover-schema/reasons.ts';
import { cutoverVerifyReasons } from '../cutover-verify/reasons.ts';
import { cutoverWatchReasons } from '../cutover-watch/reasons.ts';
import { type Reason, reason } from './reason.ts';

export type { Outcome } from './reason.ts';

/** Every reason a gate can give. Codes are API: they are never renamed, and README's table is generated from here. */
export const reasonCodes = {
  // Any gate
  INPUTS_INVALID: reason(
    'any',
    'failed',
    'The gate was given inputs it cannot read.',
    'Mend the named input in the stack configuration or the program.',
  ),
  RECEIPT_MISSING: reason(
    'any',
    'failed',
    'A gate before this one has not let this release through.',
    'Run `pulumi up` for the whole stack, without --target or --exclude.',
  ),
  RECEIPT_MISMATCH: reason(
    'any',
    'failed',
    'A receipt is for another release, another gate, or was altered.',
    'Run `pulumi up` for the whole stack, without --target or --exclude.',
  ),
  RECEIPT_UNKNOWN: reason(
    'any',
    'failed',
    'The ledger has no passed attempt behind a receipt.',
    'Run `pulumi up --replace` on the gate named, so that it judges again.',
  ),
  RECEIPT_STALE: reason(
    'any',
    'failed',
    'Another release was accepted since preflight let this one through.',
    'Run `pulumi up` for the whole stack, without --target or --exclude.',
  ),
  DEADLINE_EXCEEDED: reason(
    'any',
    'inconclusive',
    'The gate did not come to a verdict in time.',
    'Look at what it waited for (progress lines, evidence), then run `pulumi up` again.',
  ),
  ABORTED: reason(
    'any',
    'inconclusive',
    'The gate was interrupted before it came to a verdict.',
    'Run `pulumi up` again: the gate finds out where it stopped.',
  ),
  DATABASE_UNREACHABLE: reason(
    'any',
    'errored',
    'The database does not answer or refuses the session.',
    'Restore the connection (address, role, network), then run `pulumi up` again.',
  ),
  PLATFORM_UNREACHABLE: reason(
    'any',
    'errored',
    'The platform does not answer or answers with an error.',
    'Run `pulumi up` again when the platform answers; on the local platform `npm start` brings it back.',
  ),
  PLATFORM_FORBIDDEN: reason(
    'any',
    'errored',
    'The platform does not let the identity that runs this do what the gate has to do.',
    'Log in again, or give the identity the roles that docs/azure.md lists (a new one takes minutes); then `pulumi up` again.',
  ),
  OPERATION_UNFINISHED: reason(
    'any',
    'inconclusive',
    'An operation of the platform did not end in time; it may still do so.',
    "Look at the app's or job's operations in the portal, then run `pulumi up` again: it finds what came of it.",
  ),
  CREDENTIAL_MISSING: reason(
    'any',
    'errored',
    'There is no credential of Microsoft Entra on this machine.',
    'az login, or the variables of a federated identity in CI (AZURE_CLIENT_ID, AZURE_TENANT_ID), then run `pulumi up` again.',
  ),
  CREDENTIAL_REFUSED: reason(
    'any',
    'errored',
    'A credential is there, and no token is given for it.',
    'Read what Entra says: tenant, federated subject, an expired login (az login). Then run `pulumi up` again.',
  ),
  UNEXPECTED: reason(
    'any',
    'errored',
    'The gate met an error that it has no name for.',
    'Read the message and the evidence; run `pulumi up` again; report it if it stays.',
  ),
  LEDGER_NEWER: reason(
    'any',
    'failed',
    'A later version of Sallyport has kept the ledger of this database.',
    'Promote with that version or a later one.',
  ),
  PROMOTION_IN_PROGRESS: reason(
    'any',
    'failed',
    'Another promotion holds the production mutation lock of this database.',
    'Wait for the holder named to end, then run `pulumi up` again.',
  ),
  OWNER_MISSING: reason(
    'any',
    'failed',
    'The change has no owner.',
    'pulumi config set --path sallyport:change.owner <role>',
  ),
  OUTSIDE_WINDOW: reason(
    'any',
    'failed',
    'Now is outside the execution window.',
    'Wait for the window, or change sallyport:change.window in a reviewed commit.',
  ),
  WINDOW_OVERRIDDEN: reason(
    'any',
    'failed',
    'Now is outside the execution window, and an emergency override is in force.',
    'When the emergency is over: pulumi config rm --path sallyport:change.override',
  ),
  OVERRIDE_EXPIRED: reason(
    'any',
    'failed',
    'The emergency override of the window has expired.',
    'Wait for the window, or have the emergency decided again: sallyport:change.override with a new expiry.',
  ),
  OVERRIDE_TOO_LONG: reason(
    'any',
    'failed',
    'The emergency override of the window is given for longer than a day.',
    'Set sallyport:change.override.expires to a time within the next 24 hours.',
  ),
  DATABASE_URL_INVALID: reason(
    'any',
    'failed',
    'A database address is missing a part or cannot be read.',
    'Give one DATABASE_URL with user, password, host and database, or all of POSTGRES_HOST, _DB, _USER and _PASSWORD.',
  ),
  DATABASE_URL_CONTRADICTS: reason(
    'any',
    'failed',
    'DATABASE_URL and the POSTGRES_* variables name different databases.',
    'Remove one of the two, or make the parts named agree.',
  ),
  PROMOTION_ON_HOLD: reason(
    'any',
    'failed',
    'A rollback put forward promotion on hold.',
    'When the cause is mended: npm run resume -- --by <role> --reason "<why>"',
  ),

  WORKBENCH_MISSING: reason(
    'any',
    'failed',
    'This platform has no throw-away server, which the gate needs.',
    'Onboard the database on the local platform first, from a snapshot of it.',
  ),

  ACCEPTED_REVISION_LOST: reason(
    'candidate',
    'failed',
    'A revision of the accepted release is gone from the platform, so nothing can serve beside the candidate.',
    'Promote the accepted release first, which makes its revisions again under their names; then this one.',
  ),
  // preflight
  MIGRATION_NAME: reason(
    'preflight',
    'failed',
    'A migration breaks the naming rule and is not in the legacy baseline.',
    'Rename the file to the pattern shown. What was applied before the rule goes into the legacy baseline: npm run exceptions.',
  ),
  MIGRATION_DUPLICATE: reason(
    'preflight',
    'failed',
    'Two migrations share a name or a version prefix.',
    'Give the newer one a later prefix.',
  ),
  MIGRATION_OUT_OF_ORDER: reason(
    'preflight',
    'failed',
    'A pending migration sorts before one that is already applied.',
    'Rename it so that it sorts after the newest applied one; where that cannot be: npm run exceptions, with a reviewer.',
  ),
  MIGRATION_MISSING: reason(
    'preflight',
    'failed',
    'The database has applied a migration that this release does not have.',
    'Bring the file back, or promote the release that has it; never delete an applied migration.',
  ),
  MIGRATION_EDITED: reason(
    'preflight',
    'failed',
    'A migration was changed after it was applied.',
    'Restore the file as it was applied and put the change into a new migration.',
  ),
  MIGRATION_HASH_UNKNOWN: reason(
    'preflight',
    'inconclusive',
    'A migration was applied without its content hash on record.',
    'Nothing to do: its hash is put on record by the next accepted release.',
  ),
  LEGACY_BASELINE_STALE: reason(
    'preflight',
    'failed',
    'The legacy baseline has an exception that nothing needs.',
    'npm run exceptions takes it out: the baseline only shrinks.',
  ),
  MIGRATIONS_EMPTY: reason(
    'preflight',
    'failed',
    'The directory has no migration of the configured tool.',
    'Check sallyport:migrations.directory and sallyport:migrations.tool.',
  ),
  MIGRATION_DIRECTORY_INVALID: reason(
    'preflight',
    'failed',
    'The migration tool would refuse the directory as it is.',
    'Mend what is named with the tool itself, and commit it.',
  ),
  MIGRATION_BRANCHED: reason(
    'preflight',
    'failed',
    'The migrations end in several heads, and the tool goes up to one.',
    'Merge the heads (alembic merge heads), or base the newer one on the other.',
  ),
  MIGRATION_FILE_IGNORED: reason(
    'preflight',
    'failed',
    'A file in the directory looks like a migration, and the tool will pass over it.',
    "Give it a name that the tool takes, or move it out of the tool's directory.",
  ),
  EXCEPTION_EXPIRED: reason(
    'preflight',
    'failed',
    'An exception of the legacy baseline has come to its last day, and what it tolerates is still there.',
    'Mend what it tolerates, or extend it with a reviewer: a later expires and reviewer in the baseline.',
  ),
  EXCEPTION_NOT_REVIEWED: reason(
    'preflight',
    'failed',
    'The legacy baseline has grown: an exception that the accepted release did not have needs a second person.',
    'Have it reviewed and name the reviewer in the entry, or mend what it tolerates.',
  ),
  HISTORY_OF_ANOTHER_TOOL: reason(
    'preflight',
    'failed',
    'The database has the history table of another migration tool than the one configured.',
    'Set sallyport:migrations.tool (and migrations.history) to the tool that migrates this database.',
  ),
  HISTORY_FAILED: reason(
    'preflight',
    'failed',
    'The history has a migration that failed, and the tool goes no further until somebody has settled it.',
    'Look at what it left behind, undo or finish it by hand, then settle it with the tool as said.',
  ),
  HISTORY_DIRTY: reason(
    'preflight',
    'failed',
    'The history has a migration that was begun and is not known to have ended.',
    'Look whether it still runs. If not: look at what it left behind, then settle it with the tool as said.',
  ),
  HISTORY_UNREADABLE: reason(
    'preflight',
    'inconclusive',
    'The migration history cannot be read.',
    'Give the role gates the right to read the history table; check migrations.tool.',
  ),
  RELEASE_CHANGED: reason(
    'preflight',
    'failed',
    'A sha that was accepted before comes back with another content.',
    'Promote what was accepted (npm run rollback -- <sha>), or give the new content its own sha.',
  ),
  RELEASE_NOT_ACCEPTED: reason(
    'preflight',
    'failed',
    'A replay names a release that the ledger has not accepted with this content.',
    'npm run rollback -- <sha of an accepted release>, or npm run resume to go forward',
  ),
  SCHEMA_MOVED_ON: reason(
    'preflight',
    'failed',
    'The schema has moved past what this release was proven on.',
    'Roll back to the release named, or fix forward; going back further needs a restore of the database.',
  ),
  ROLLBACK_OF_ROLLBACK: reason(
    'preflight',
    'failed',
    'The release that serves is itself a rollback.',
    'Fix forward: mend the cause, `npm run resume`, and promote a new release.',
  ),
  TRAFFIC_MOVED: reason(
    'preflight',
    'failed',
    'Traffic is not where the accepted release put it: somebody moved it by hand, or a flip was cut off.',
    'Nothing to do if `pulumi up` may move it to the release configured; else configure the release that should serve.',
  ),
  REVISIONS_MODE: reason(
    'preflight',
    'failed',
    'An app is not in revisions mode Multiple.',
    'Set activeRevisionsMode to Multiple; only then can a candidate stand at 0 %.',
  ),
  TRAFFIC_NOT_PINNED: reason(
    'preflight',
    'failed',
    'An app sends traffic to its latest revision, whatever that is.',
    'Pin the traffic to the revision that serves now, by its name.',
  ),
  TRAFFIC_LABELLED: reason(
    'preflight',
    'failed',
    'A revision has a label that somebody set by hand; a promotion sets the whole traffic, and the label would be gone.',
    'Take it away where it is not needed any more: az containerapp revision label remove. Then run `pulumi up` again.',
  ),
  TRAFFIC_FOREIGN: reason(
    'preflight',
    'failed',
    'An app sends traffic to a revision that no promotion made, and declaring the app would end that.',
    'Find out who made it and why. Then move the traffic to the accepted revision, by its name, and run `pulumi up` again.',
  ),
  SESSION_AFFINITY: reason(
    'preflight',
    'failed',
    'An app keeps clients with the revision that answered them first, which traffic by weight does not go with.',
    'az containerapp ingress sticky-sessions set --affinity none',
  ),
  ENVIRONMENT_NOT_READY: reason(
    'preflight',
    'failed',
    'The managed environment is not in a state in which it takes changes of its apps.',
    'Look at its last operation in the portal; an update of it without changes often mends Failed.',
  ),
  SERVER_NOT_READY: reason(
    'preflight',
    'failed',
    "The database's server is not Ready: it updates, is stopped, or is not there.",
    'Wait until it is Ready (az postgres flexible-server show), or start it, then run `pulumi up` again.',
  ),

  // lint
  LINT_UNPARSABLE: reason(
    'lint',
    'failed',
    'The SQL of a migration is not SQL to PostgreSQL.',
    'Mend the statement at the line named; it would fail when it is applied.',
  ),
  LINT_NOT_EVALUATED: reason(
    'lint',
    'inconclusive',
    'The SQL of a migration cannot be known without running it, so no rule has seen it.',
    'Write it as SQL, or let the rehearsal judge it; policy not-evaluated: BLOCKER makes this block.',
  ),
  LINT_CONTENT_MISMATCH: reason(
    'lint',
    'inconclusive',
    'A migration in the checkout is not the one in the release.',
    'Check out the commit of the release, then run `pulumi up` again.',
  ),
  LINT_ENGINE_FAILED: reason(
    'lint',
    'errored',
    'squawk could not be run, or gave no answer that can be read.',
    'Run `npm ci` (squawk comes with its npm package), then `pulumi up` again.',
  ),
  LINT_SUPPRESSION_IGNORED: reason(
    'lint',
    'failed',
    'A migration asks in a comment not to be judged; such comments have no effect here.',
    'Remove the comment; what is wanted in spite of a rule goes into sallyport:lint, where it is reviewed.',
  ),
  LINT_DESTRUCTIVE: reason(
    'lint',
    'failed',
    'A migration destroys data and has no approval that is valid today.',
    'Keep the data, or add the approval named to sallyport:lint.approvals in a reviewed commit.',
  ),
  LINT_LOCK: reason(
    'lint',
    'failed',
    'A statement keeps others out of a table that is in use.',
    'Write it the safe way named, or weigh the rule in sallyport:lint.policy.',
  ),
  LINT_REWRITE: reason(
    'lint',
    'failed',
    'A statement writes or scans a whole table that is in use while others wait.',
    'Write it the safe way named, or weigh the rule in sallyport:lint.policy.',
  ),
  LINT_DATA: reason(
    'lint',
    'failed',
    'A statement changes rows in a way that a migration should not.',
    'Write it the safe way named, or weigh the rule in sallyport:lint.policy.',
  ),
  LINT_TRANSACTION: reason(
    'lint',
    'failed',
    'A statement does not fit the transaction that the tool runs it in.',
    'Put it into a migration of its own, marked the way the tool has it.',
  ),
  LINT_OPAQUE: reason(
    'lint',
    'failed',
    'What a statement does is decided when it runs.',
    'Write plain statements; the rehearsal shows what the hidden ones do.',
  ),
  LINT_COMPATIBILITY: reason(
    'lint',
    'failed',
    'The release that serves may break on the new schema.',
    'Expand first and contract in a later release; smoke proves it on the previous release.',
  ),
  LINT_PRACTICE: reason(
    'lint',
    'failed',
    'A statement works today and is known to cost later.',
    'Write it the safe way named, or weigh the rule in sallyport:lint.policy.',
  ),
  // drift
  DRIFT: reason(
    'preflight',
    'failed',
    'The schema was changed outside of migrations since the last release was accepted.',
    'Put the change into a migration and undo it by hand, or undo it alone; npm run advise says how to look.',
  ),

  DRIFT_NOT_EVALUATED: reason(
    'preflight',
    'inconclusive',
    'What the schema was after exactly these migrations is not on record.',
    'Nothing to do: the next migration that runs through the gates puts it on record.',
  ),

  // guard
  COMMAND_NOT_RUN: reason(
    'guard',
    'failed',
    'A guard command has not run for this release.',
    'Run `pulumi up` for the whole stack.',
  ),
  FLAG_ABSENT: reason(
    'guard',
    'failed',
    'A readiness flag that the guard requires is not set.',
    'When the thing is ready: pulumi config set --path sallyport:flags.<name> <sha of the release>',
  ),
  FLAG_NOT_READY: reason(
    'guard',
    'failed',
    'A readiness flag says no, or was given for another release.',
    'When the thing is ready: pulumi config set --path sallyport:flags.<name> <sha of the release>',
  ),

  // rehearse
  REHEARSAL_LEFT_OUT: reason(
    'rehearse',
    'inconclusive',
    'The configuration leaves the rehearsal out, with its reason.',
    'When the reason is gone: pulumi config rm --path sallyport:rehearse.without',
  ),
  SHADOW_UNAVAILABLE: reason(
    'rehearse',
    'errored',
    'The shadow server cannot be started or reached.',
    'Mend what it says, or name a server of your own: pulumi config set --secret sallyport:rehearse-shadow-url <url>',
  ),
  SHADOW_VERSION: reason(
    'rehearse',
    'failed',
    'The shadow server is of another major version than production.',
    'Give a shadow server of the same major version: locks and rewrites differ between versions.',
  ),
  SHADOW_INCOMPLETE: reason(
    'rehearse',
    'inconclusive',
    'The shadow did not take something that production had before its first migration.',
    'Install it on the shadow server, or give the shadow user the right to create it.',
  ),
  STATISTICS_UNREADABLE: reason(
    'rehearse',
    'inconclusive',
    'The sizes and write rates of production cannot be read, so no blocking time can be told.',
    'grant pg_monitor to gates, and keep track_counts on.',
  ),
  REHEARSAL_BASE_FAILED: reason(
    'rehearse',
    'inconclusive',
    'The migrations that production has applied cannot be applied to an empty database.',
    "Read the tool's output in the evidence: history and files must lead from nothing to what production has.",
  ),
  REHEARSAL_NOT_STEPPED: reason(
    'rehearse',
    'inconclusive',
    'The migrations cannot be run one at a time, so some of it was not evaluated.',
    'Name the command that runs {count} of them: pulumi config set --path sallyport:migrations.stepCommand',
  ),
  SCHEMA_DIFFERS: reason(
    'rehearse',
    'inconclusive',
    "Production's schema is not what its applied migrations give; the rehearsal ran on what they give.",
    'Bring the difference into a migration, or undo it in production.',
  ),
  TABLE_NOT_SEEDED: reason(
    'rehearse',
    'inconclusive',
    'No row could be made for a table, so what fails on rows there was not evaluated.',
    'Look at the constraint named; rows from a migration are taken as well.',
  ),
  REHEARSAL_FAILED: reason(
    'rehearse',
    'failed',
    'A pending migration fails on a copy of the schema with a few rows in each table.',
    'Read the error and mend the migration in a new release; production was not touched.',
  ),
  LOCK_BUDGET_EXCEEDED: reason(
    'rehearse',
    'failed',
    "With production's sizes a migration would keep others from a table for longer than its budget.",
    'Do it in steps that hold no lock (NOT VALID and VALIDATE, CONCURRENTLY, batches), or raise sallyport:rehearse.lockBudget with a reason.',
  ),
  RULE_AND_TRACE_DISAGREE: reason(
    'rehearse',
    'inconclusive',
    'A rule and the trace do not say the same of the locks and rewrites of a migration; what was seen counts.',
    'Read both in rulesAndTrace of rehearsal.json: the lock budget is held against what the trace saw.',
  ),
  DOWN_FAILED: reason(
    'rehearse',
    'failed',
    'A migration cannot be taken back on the shadow.',
    'Mend its down part, or say that there is none: a line `-- irreversible: <reason>` in the file.',
  ),
  DOWN_INCOMPLETE: reason(
    'rehearse',
    'failed',
    'Down and up again do not lead back to the same schema.',
    'Mend the down part so that it takes back all of the up part.',
  ),
  MIGRATION_IRREVERSIBLE: reason(
    'rehearse',
    'inconclusive',
    'A migration says that it cannot be taken back, and why; the way back is a restore.',
    'Nothing to do where the policy lets it through; otherwise write a down part.',
  ),
  DRILL_LEFT_OUT: reason(
    'rehearse',
    'inconclusive',
    'Down and up again were not evaluated.',
    'Name the command that takes {count} back: pulumi config set --path sallyport:migrations.downCommand',
  ),
  REHEARSAL_BREAKS_PREVIOUS: reason(
    'rehearse',
    'failed',
    'The release that serves breaks on the rehearsed schema: promoting would break it, and leave no way back.',
    'Make the migration compatible with the previous release (expand first, contract later); production was not touched.',
  ),
  REHEARSAL_SMOKE_FAILED: reason(
    'rehearse',
    'failed',
    'The new release answers wrongly on the rehearsed schema.',
    'Read actual and expected in rehearsal.json; fix it in a new release; production was not touched.',
  ),
  REHEARSAL_SMOKE_LEFT_OUT: reason(
    'rehearse',
    'inconclusive',
    'A smoke suite could not be run on the rehearsed schema.',
    'Look at the log of the service named; the smoke gate asks again after the migration.',
  ),

  // restore-point
  RESTORE_POINT_UNSUPPORTED: reason(
    'restore-point',
    'failed',
    'This platform cannot take a restore point by the strategy configured.',
    'Choose another sallyport:restorePoint.strategy; `none` needs a reason and an owner.',
  ),
  RESTORE_POINT_NOT_TAKEN: reason(
    'restore-point',
    'errored',
    'No restore point could be taken. Nothing has been changed.',
    'Mend what is named, then run `pulumi up` again.',
  ),
  RESTORE_POINT_UNUSABLE: reason(
    'restore-point',
    'failed',
    'What the restore point gives back is not what production has.',
    'Look at the differences named, then run `pulumi up` again: a new point is taken.',
  ),
  RESTORE_POINT_BUSY: reason(
    'restore-point',
    'failed',
    'Sessions on the database keep it from being copied, or another backup of the server is running.',
    'End the sessions named (stop the application), or choose the strategy base-backup or pg_dump.',
  ),
  RESTORE_POINT_RECORDED: reason(
    'restore-point',
    'inconclusive',
    'The restore point is on record at the platform, and was not restored to prove it.',
    'Nothing to do; drill the restore from time to time, by the command in the evidence.',
  ),
  RESTORE_POINT_NONE: reason(
    'restore-point',
    'failed',
    'This change goes without a restore point, as its owner decided.',
    'Nothing to do; a migration that goes wrong can then only be fixed forward.',
  ),

  // migrate
  ACTIVITY_UNREADABLE: reason(
    'migrate',
    'inconclusive',
    'Transactions of other sessions cannot be seen, so nobody can tell what a concurrent index build would wait for.',
    'grant pg_monitor to gates, then run `pulumi up` again.',
  ),
  OLD_TRANSACTION: reason(
    'migrate',
    'failed',
    'A transaction is open for longer than allowed; a concurrent index build would wait for it.',
    'End or wait out the session named, then run `pulumi up` again.',
  ),
  CLASSES_MIXED: reason(
    'migrate',
    'inconclusive',
    'Migrations with different timeouts run in one execution, because the tool cannot be told how many to run.',
    'pulumi config set --path sallyport:migrations.stepCommand, with {count} in it',
  ),
  MIGRATION_IN_PROGRESS: reason(
    'migrate',
    'failed',
    'Another execution of the migration job is running.',
    'Wait for it to end (or stop it on the platform), then run `pulumi up` again.',
  ),
  JOB_NOT_STARTED: reason(
    'migrate',
    'errored',
    'The platform did not start the migration job.',
    'Look at the job on the platform, then run `pulumi up` again: a new attempt starts it once.',
  ),
  JOB_NOT_AS_DECLARED: reason(
    'migrate',
    'failed',
    'The migration job on the platform differs from what was declared.',
    'Run `pulumi up` for the whole stack; nobody else may change the job.',
  ),
  MIGRATION_FAILED: reason(
    'migrate',
    'failed',
    'The job failed and the history shows migrations that are not applied.',
    'Read the log lines in the evidence, fix the migration in a new release; the old release keeps serving.',
  ),
  MIGRATION_NOT_APPLIED: reason(
    'migrate',
    'failed',
    'The job says it succeeded, the history says that migrations are missing.',
    'Look at the job command and its database: it migrated something else.',
  ),
  MIGRATION_PARTLY_APPLIED: reason(
    'migrate',
    'failed',
    'Some migrations of this release are applied and some are not.',
    'The applied ones stay. Fix the failing one in a new release; the next run continues after the applied ones.',
  ),
  MIGRATION_TIMEOUT: reason(
    'migrate',
    'failed',
    'The job did not end within its bound and was stopped.',
    'Find what it waited for (locks, statement), raise migrations.timeouts.job only with a reason.',
  ),
  EXECUTION_UNKNOWN: reason(
    'migrate',
    'inconclusive',
    'The execution neither succeeded nor failed as far as the platform can tell.',
    'Look at the execution on the platform and the history in the evidence, then run `pulumi up` again.',
  ),
  EXECUTION_DISAGREES: reason(
    'migrate',
    'inconclusive',
    'Platform and database disagree; the database is believed.',
    'Nothing to do now; look at the execution named when there is time.',
  ),
  INDEX_INVALID: reason(
    'migrate',
    'failed',
    'An invalid index is in the schema: a CREATE INDEX CONCURRENTLY that did not finish.',
    'drop index concurrently <name>, mend the cause, and promote again.',
  ),
  LOCK_NOT_GRANTED: reason(
    'migrate',
    'failed',
    'A migration waited for a lock longer than lock_timeout allows.',
    'End or wait out the session that holds the lock (named where it could be seen), then run `pulumi up` again.',
  ),
  STATEMENT_TOO_SLOW: reason(
    'migrate',
    'failed',
    'A statement ran longer than statement_timeout allows.',
    'Split the statement or make it cheap; raise migrations.timeouts.statement only with a reason.',
  ),
  TIMEOUTS_NOT_SET: reason(
    'migrate',
    'failed',
    'lock_timeout and statement_timeout are not set on the migrating role.',
    'Give the role gates admin option on the migrating role, or set them there by hand.',
  ),

  // gates that run as a job
  GATES_JOB_NOT_AS_NEEDED: reason(
    'any, as a job',
    'failed',
    'The job that gates run as is not there, or not one replica, tried once, with time enough for the gate.',
    'Run `pulumi up` for the whole stack; give the job a longer replicaTimeout if that is what is short.',
  ),
  GATE_STORE_UNREACHABLE: reason(
    'any, as a job',
    'errored',
    'The blob container by which a gate in a job is asked and replies does not answer, or refuses.',
    'Give the identity Storage Blob Data Contributor on the container (a new role takes minutes), then run `pulumi up` again.',
  ),
  GATE_REPLY_MISSING: reason(
    'any, as a job',
    'inconclusive',
    'The execution that ran the gate has ended and left no reply.',
    "Read the execution's log on the platform, then run `pulumi up` again: the gate finds out where it stopped.",
  ),
  GATE_REPLY_MISMATCH: reason(
    'any, as a job',
    'inconclusive',
    'What the execution left is not a whole reply to the request.',
    'See that nobody else writes to the blob container and that the image is of this version, then run `pulumi up` again.',
  ),
  GATE_RUN_DISAGREES: reason(
    'any, as a job',
    'inconclusive',
    'The reply says that the gate passed, and the platform does not say that its execution succeeded.',
    'Read the execution on the platform, then run `pulumi up` again.',
  ),

  // roles of the database
  DATABASE_ROLES_NOT_MADE: reason(
    'database roles',
    'failed',
    'The roles gates, migrator and app, or their rights, could not be made in the database.',
    "Run as the server's Microsoft Entra administrator, mend what is named, then run `pulumi up` again.",
  ),
  APP_MAY_DO_DDL: reason(
    'database roles',
    'failed',
    'The role of the services may change the schema, or may not use what the migrations make.',
    'Take the right named from the role (revoke, reassign owned), then run `pulumi up` again.',
  ),

  // candidate
  CANDIDATE_UNHEALTHY: reason(
    'candidate',
    'failed',
    'A candidate revision did not become healthy.',
    'Read its log on the platform; the old release keeps serving. Fix it in a new release.',
  ),
  CANDIDATE_IMAGE: reason(
    'candidate',
    'failed',
    'The revision that came up runs another image than the release.',
    'Look for another writer of the app, then run `pulumi up` again.',
  ),
  CANDIDATE_TEMPLATE: reason(
    'candidate',
    'failed',
    'The revision that came up was not given what the release asks for: the platform kept an older one of that name.',
    'Run `pulumi up` again: a new attempt has a new name. If it stays, look for another writer of the app.',
  ),
  CANDIDATE_REFUSED: reason(
    'candidate',
    'failed',
    'The platform refused the candidate.',
    "Read the platform's message and mend the service in the configuration.",
  ),
  FIRST_RELEASE: reason(
    'candidate',
    'failed',
    'Nothing was accepted before: there is no previous release to prove or to return to.',
    'Nothing to do; from the second release on, every promotion proves its rollback.',
  ),

  // smoke
  SURFACE_WITHOUT_ASSERTION: reason(
    'smoke',
    'failed',
    'A surface is declared and nothing is asserted of it.',
    'Add an assertion to the surface, or take it out.',
  ),
  SMOKE_ASSERTION_FAILED: reason(
    'smoke',
    'failed',
    'The candidate answers wrongly.',
    'Read actual and expected in api-smoke.json; fix it in a new release.',
  ),
  SMOKE_PREVIOUS_FAILED: reason(
    'smoke',
    'failed',
    'The release that serves is broken on the new schema: there would be no way back.',
    'Make the migration compatible with the previous release (expand first, contract later). If users are affected now, run its down migration or fix forward.',
  ),
  SERVING_BROKEN_BEFORE: reason(
    'smoke',
    'failed',
    'The release that is being left fails, and not because of this migration: it failed before, or this is a rollback.',
    'Nothing to do for this promotion; a rollback to that release is not proven.',
  ),
  SMOKE_UNREACHABLE: reason(
    'smoke',
    'errored',
    'A surface gave no answer or only transient ones until the retries ran out.',
    'Look at the revision on the platform, then run `pulumi up` again.',
  ),
  PREVIOUS_NOT_FOUND: reason(
    'smoke',
    'inconclusive',
    'The revision of the accepted release cannot be found, so its state on the new schema is unknown.',
    'Look at the traffic of the app; bring the accepted release back before promoting.',
  ),

  // flip
  TRAFFIC_NOT_SHIFTED: reason(
    'flip',
    'failed',
    'The platform did not take the weights; the old weights were put back.',
    'Look at the app on the platform, then run `pulumi up` again.',
  ),
  REVISION_NOT_NAMED: reason(
    'flip',
    'failed',
    'A candidate answers without naming its revision, so nobody could see who serves after a flip; no traffic was moved.',
    'Answer with header x-revision: $CONTAINER_APP_REVISION in every service with ingress, or name your own header in sallyport:rollout.probeHeader.',
  ),
  PUBLIC_PROBE_FAILED: reason(
    'flip',
    'failed',
    'The public address still answers with another revision; the old weights were put back.',
    "Look at the app's ingress, then run `pulumi up` again.",
  ),
  DRAIN_INCOMPLETE: reason(
    'flip',
    'inconclusive',
    'The old revision did not drain in time.',
    'The new release serves. Look at the requests that the old revision still holds; run `pulumi up` again.',
  ),
  WORKER_UNHEALTHY: reason(
    'flip',
    'failed',
    'A worker of the new release did not become healthy; weights and old workers were put back.',
    'Read its log on the platform; fix it in a new release.',
  ),

  // accept
  EVIDENCE_CHAIN_BROKEN: reason(
    'accept',
    'failed',
    "A gate's evidence is missing from the ledger or was altered.",
    'Run `pulumi up --replace` on the gate named, so that it judges again and leaves evidence.',
  ),
  SERVING_ANOTHER: reason(
    'accept',
    'failed',
    'The platform serves another revision than the one that was flipped to.',
    'Run `pulumi up` again: the flip converges.',
  ),

  // baseline: snapshot, parity, stamp, drill, head
  SNAPSHOT_MISSING: reason(
    'snapshot',
    'failed',
    'There is no existing database to onboard.',
    'Set sallyport:baseline.snapshot, or promote: a database that is empty needs no baseline.',
  ),
  SNAPSHOT_NOT_RESTORED: reason(
    'snapshot',
    'failed',
    'The snapshot could not be restored; the database is as it was.',
    'Mend the file: pg_dump --inserts --no-owner --no-privileges gives one that works.',
  ),
  BASELINE_REVISION_UNKNOWN: reason(
    'parity',
    'failed',
    'The baseline revision is not one of the migrations.',
    'Set sallyport:baseline.revision to the newest migration whose result the database already is.',
  ),
  PARITY_DIFFERENCE: reason(
    'parity',
    'failed',
    'The database is not what the migrations give; nothing was stamped.',
    'For each object: change the database by hand, or the migrations up to the baseline, until both are equal.',
  ),
  DESTRUCTIVE_DDL: reason(
    'parity',
    'failed',
    'The way up of a migration takes data or objects away.',
    'Make it additive, or have it approved: sallyport:baseline.approved.<migration> with owner and reason.',
  ),
  BOOTSTRAP_FAILED: reason(
    'parity',
    'failed',
    'The migrations do not bring an empty database to head.',
    'Read the log lines in the evidence and mend the migration named.',
  ),
  STAMP_UNSUPPORTED: reason(
    'stamp',
    'failed',
    "This revision, or the table of a program of one's own, cannot be stamped without guessing.",
    "Do what is needed, or mark the migrations as applied with the tool's own command, then run `pulumi up` again.",
  ),
  HISTORY_OTHER: reason(
    'stamp',
    'failed',
    'The history has other migrations than those up to the baseline.',
    'Look at what was applied and when; a database that has a history needs no baseline, promote instead.',
  ),
  STAMP_NOT_WRITTEN: reason(
    'stamp',
    'failed',
    'The history read back is not what was stamped.',
    'Look at who else writes the history table, then run `pulumi up` again.',
  ),
  DRILL_FAILED: reason(
    'drill',
    'failed',
    'On the copy the tool did not get up or down by itself.',
    'Mend the down migration named; the database itself was not touched.',
  ),
  DRILL_DIFFERENCE: reason(
    'drill',
    'failed',
    'On the copy a way down, or up again, did not give the same schema.',
    'Mend the down migration named; the database itself was not touched.',
  ),
  HEAD_NOT_REACHED: reason(
    'head',
    'failed',
    'Not every migration is applied.',
    'Read the log lines in the evidence; what is applied stays. Mend the migration and run `pulumi up` again.',
  ),
  ROWS_LOST: reason(
    'head',
    'failed',
    'A table has fewer rows than before.',
    'Restore the point that the drill names in its evidence (npm run advise), and mend the migration.',
  ),
  READ_FAILED: reason(
    'head',
    'failed',
    'A basic read does not work on the new schema.',
    'Mend the statement or the migration, then run `pulumi up` again.',
  ),
  // The policy pack
  POLICY_UNGATED: reason(
    'policy',
    'failed',
    'Something that serves, runs a job or shifts traffic does not stand on what the gates gave.',
    'Give it what the gates gave (receipts, clearance) as an input; dependsOn is no gate.',
  ),
  POLICY_RELEASES_MIXED: reason(
    'policy',
    'failed',
    'Something that changes production stands on gates of more than one release.',
    'Run `pulumi up` for the whole stack, without --target or --exclude.',
  ),
  POLICY_IMAGE: reason(
    'policy',
    'failed',
    'A container names its image by something that can be moved.',
    'Name the image by digest: name@sha256:<64 hex digits>.',
  ),
  POLICY_MIGRATION_IN_APP: reason(
    'policy',
    'failed',
    'A migration would run where an app starts: once a replica, unbounded and past the gates.',
    'Take it out of the app. The migration job runs it: sallyport:migrations.command.',
  ),
  POLICY_COMMAND: reason(
    'policy',
    'failed',
    'A command resource does what only gates may do.',
    'Take the command out: jobs are started and traffic is shifted by gates.',
  ),
  POLICY_REVISIONS_MODE: reason(
    'policy',
    'failed',
    'An app has a revision mode in which a new revision serves at once.',
    'Set activeRevisionsMode to Multiple.',
  ),
  POLICY_LATEST_REVISION: reason(
    'policy',
    'failed',
    'Traffic would move to a new revision by itself.',
    'Name the revision in each entry of traffic.',
  ),
  POLICY_JOB_SETTINGS: reason(
    'policy',
    'failed',
    'The platform could start a job by itself, twice at once, or again after it failed.',
    'Set triggerType Manual, replicaRetryLimit 0, parallelism 1 and replicaCompletionCount 1.',
  ),
  POLICY_PLAIN_SECRET: reason(
    'policy',
    'failed',
    'A secret is given to a container as a plain value.',
    'Put it into the vault, name it under secretEnv, and rotate what was given.',
  ),
  POLICY_UNPROTECTED: reason(
    'policy',
    'failed',
    'What holds production data can be deleted by an update.',
    'Give it the option protect: true; a stack without production data goes without this rule (docs/azure.md).',
  ),
  POLICY_DATABASE_PUBLIC: reason(
    'policy',
    'failed',
    'The database can be reached from a public network.',
    'Give the server a delegated subnet, or put the decision and its reason on record (docs/azure.md).',
  ),
  POLICY_NOT_EVALUATED: reason(
    'policy',
    'inconclusive',
    'A rule of the policy pack could not look at a value, or at what a resource does.',
    'Nothing to do where a value is not known in a preview: the rule is asked again in the update.',
  ),

  // Verify: what a cutover proves of two databases
  MODULES_INCOMPLETE: reason(
    'verify',
    'failed',
    'The modules do not cover every table exactly once.',
    'Mend the module list: each table in one module.',
  ),
  SAME_DATABASE: reason(
    'verify',
    'failed',
    'Source and target are one and the same database, which is equal to itself.',
    'Name the candidate as the target, then verify again.',
  ),
  VERIFY_UNREADABLE: reason(
    'verify',
    'inconclusive',
    'Something of a database could not be read to its end.',
    'Mend what the server says (rights of the role, time, resources), then verify again.',
  ),
  ROOT_UNEXPECTED: reason(
    'verify',
    'failed',
    'The database does not have the root that was asked for: its rows, the module list or the digest changed since.',
    'Compare run.json of both runs (modules, digestVersion, tables), and have the new root approved if it is right.',
  ),
  LEAVES_UNREADABLE: reason(
    'verify',
    'inconclusive',
    'What an earlier run kept cannot be read, or is not what it wrote.',
    'Verify without --since, which reads every row.',
  ),
  VERIFY_ENCODING: reason(
    'verify',
    'failed',
    'The two databases have different character encodings.',
    'Make the target with the encoding of the source.',
  ),
  TABLE_SHAPE: reason(
    'verify',
    'failed',
    'A table is on one side only, or has other columns or another key there.',
    'Bring the target to the schema of the source, then verify again.',
  ),
  CONTENT_DIFFERS: reason(
    'verify',
    'failed',
    'The rows of a table are not the same on both sides.',
    'Look at the rows named in the evidence, build the target again or mend it, then verify again.',
  ),
  COUNTS_DIFFER: reason(
    'verify',
    'failed',
    'A table does not have the same number of rows on both sides.',
    'Verify the content of the table named, which shows the rows.',
  ),
  COUNT_UNKNOWN: reason(
    'verify',
    'inconclusive',
    'The server has no statistics of a table to estimate its rows from.',
    'Run `analyze` on the table, or count exactly.',
  ),
  REQUIRED_KEY_MISSING: reason(
    'verify',
    'failed',
    'A key that the application cannot do without is not in its table.',
    'Find out why the row named was not carried over.',
  ),
  FOREIGN_KEY_BROKEN: reason(
    'verify',
    'failed',
    'Rows refer to rows that are not there.',
    'Mend the rows named in the source, or carry the missing ones over.',
  ),
  INVARIANT_BROKEN: reason(
    'verify',
    'failed',
    'An invariant returned rows: the data is not as it must be.',
    'Run the file named by hand, and mend the rows that it returns.',
  ),
  INVARIANT_UNREADABLE: reason(
    'verify',
    'inconclusive',
    'An invariant could not be evaluated.',
    'Mend the SQL file named: one query that returns no row when all is well.',
  ),
  SEQUENCE_BEHIND: reason(
    'verify',
    'failed',
    'A sequence would give a value that its column already has.',
    'Set the sequence named ahead of its column (setval).',
  ),
  INDEX_UNFINISHED: reason(
    'verify',
    'failed',
    'An index is not valid: nothing uses it, and it may not enforce what it says.',
    'Build the index named again (reindex index concurrently).',
  ),
  CONSTRAINT_UNVALIDATED: reason(
    'verify',
    'failed',
    'A constraint was never checked against the rows that are there.',
    'Validate it (alter table … validate constraint).',
  ),
  PERSONAL_DATA_FOUND: reason(
    'verify',
    'failed',
    'A column that is not declared to hold personal data holds some.',
    'Declare the column named, or remove what does not belong there.',
  ),
  PERSONAL_DATA_LIST: reason(
    'verify',
    'failed',
    'The list of columns with personal data names one that is not there.',
    'Mend the list: schema.table.column.',
  ),

  // Cutover: each gate has its own beside it
  ...cutoverReasons,
  ...cutoverPreflightReasons,
  ...cutoverSchemaReasons,
  ...cutoverBackfillReasons,
  ...cutoverVerifyReasons,
  ...cutoverGateReasons,
  ...cutoverFlipReasons,
  ...cutoverWatchReasons,
} as const satisfies Record<string, Reason>;

/** A stable, upper-case name of a reason. */
export type ReasonCode = keyof typeof reasonCodes;
