import { type Reason, reason } from '../kernel/reason.ts';

const failed = (means: string, recovery: string) => reason('cutover-preflight', 'failed', means, recovery);

/** Reasons of gate cutover-preflight. */
export const cutoverPreflightReasons = {
  SOURCE_NOT_SERVING: failed(
    'The source is not the database that serves.',
    "Set the variable named to the database that the platform's address leads to.",
  ),
  SIDE_STANDBY: failed('A side is a standby, which takes no writes.', 'Name the primary server of that side.'),
  SIDE_POOLED: failed(
    'A direct address leads through a pooler: sessions are not whole behind it.',
    "Set the variable named to the server's own address (with PgBouncer, usually port 5432); the pooled one has a variable of its own.",
  ),
  SIDE_PROXIED: failed(
    'A gateway stands before the server and answers for it.',
    "Nothing, if it passes whole sessions and replication connections through; otherwise name the server's own address.",
  ),
  POOLED_ELSEWHERE: failed(
    'A pooled address leads to another database than the direct one of the same side.',
    'Set both variables of the side to one and the same database.',
  ),
  TARGET_NOT_EMPTY: failed(
    'The target has something in it that is not of this cutover.',
    'Name an empty database as the target; nothing of the one named was changed.',
  ),
  TARGET_SERVES: failed(
    'The target serves already: this cutover was carried out.',
    'Begin another cutover under another id, with another target.',
  ),
  SERVER_VERSION: failed(
    "A server's version is not supported, or the target is older than the source.",
    "Choose a target of the source's major version or a later one; 14 is the oldest for both.",
  ),
  SOURCE_NOT_AT_HEAD: failed(
    'The database that serves does not have every migration of this release.',
    'Promote the release first, or take the release that serves for the cutover.',
  ),
  EXTENSION_UNAVAILABLE: failed(
    "The target's server does not have an extension that the source uses.",
    'Install it on the server, or allow it there (azure.extensions, for example).',
  ),
  EXTENSION_MISSING: failed(
    'An extension of the source is not in the target yet.',
    'Nothing, if a migration makes it; otherwise run `create extension` on the target as its administrator.',
  ),
  EXTENSION_VERSION: failed(
    'An extension has another version on the target.',
    'Read its release notes for changes in behaviour; `alter extension … update` brings the source up first.',
  ),
  ENCODING_DIFFERS: failed(
    'The target stores text in another encoding.',
    "Make the target's database anew with the source's encoding.",
  ),
  COLLATION_DIFFERS: failed(
    'Text sorts otherwise on the target: another provider, locale or version of its rules.',
    "Make the target's database with the source's provider and locale; where only the version differs, expect another order of results and compare what pages by text.",
  ),
  COLLATION_MISSING: failed(
    'A collation that columns use does not exist on the target.',
    "Install the locale on the target's server and import it (pg_import_system_collations), or change the column in a migration.",
  ),
  COLLATION_STALE: failed(
    'The rules of a collation have changed since indexes were built by them.',
    'Reindex what uses it, then `alter database … refresh collation version`; on an empty target only the latter.',
  ),
  ROLE_MISSING: failed(
    'A role that owns something, is granted something or writes does not exist on the target.',
    'Create the role there under the same name, with its password and memberships.',
  ),
  REVIEWER_UNFIT: failed(
    'Who is to approve has no role of their own on the source.',
    'Create the role named for the reviewer, or name another one (cutover:reviewer).',
  ),
  FREEZE_ROLE_UNFIT: failed(
    'A role that writes cannot be stopped from writing, or not without ending its sessions.',
    'Let the operator alter the role (grant … with admin option), and give the application a role with rights of its own only.',
  ),
  OPERATOR_RIGHTS: failed(
    'The role that carries out the cutover lacks a right.',
    "Grant what is named, as the server's administrator.",
  ),
  SOURCE_READ_ONLY: failed(
    'The source takes no writes, and no freeze of this cutover is why: after a way back it would stay so.',
    'Find out who froze it (`npm run thaw -- --stack <the other cutover>`, or default_transaction_read_only of the database), and that it is the database that serves.',
  ),
  SOURCE_NOT_FROZEN: failed(
    'Rows would be copied from a source that is being written to.',
    'Stop its writes with `npm run freeze`, then run `npm run cutover` again; or take the strategy replicate.',
  ),
  WAL_LEVEL: failed(
    'The server does not write what logical replication needs.',
    'Set wal_level = logical and restart the server.',
  ),
  REPLICATION_ROOM: failed(
    'The server has too few slots, senders or workers left for this cutover.',
    'Drop what nobody uses, or raise the setting named and restart the server.',
  ),
  CONNECTION_ROOM: failed(
    'The connections of this cutover, or of the application after it, do not fit into max_connections.',
    'Lower backfill.workers, backfill.processes, verify.workers or verify.processes, or raise max_connections (a restart); disconnect what nobody needs.',
  ),
  WAL_UNBOUNDED: failed(
    'If the target stops, the source keeps WAL until its disk is full.',
    'Set max_slot_wal_keep_size to what the disk can spare, or watch it during the cutover.',
  ),
  WAL_KEPT_TOO_LITTLE: failed(
    'The source gives up a slot sooner than this cutover expects.',
    'Raise the setting named, or lower backfill.maxLagMegabytes.',
  ),
  REPLICA_IDENTITY: failed(
    'A table has no replica identity: once published, its rows could not be updated or deleted on the source.',
    'Give the table a primary key, or a replica identity.',
  ),
  REPLICA_IDENTITY_FULL: failed(
    'A table without a key is replicated by whole rows: each change may scan the table on the target.',
    'Give the table a primary key in a migration, if it is large and often changed.',
  ),
  GENERATED_KEY: failed(
    'A generated column, which is not replicated, is part of a replica identity.',
    'Choose another replica identity for the table named.',
  ),
  TABLE_UNLOGGED: failed('An unlogged table cannot be replicated.', 'Set the table logged, or drop it.'),
  FOREIGN_TABLE: failed(
    'Rows of a table are on another server, and stay there.',
    'Make sure that the target reaches that server; bring a foreign partition home, or detach it.',
  ),
  LARGE_OBJECTS: failed(
    'The database has large objects, which neither strategy carries over.',
    'Move them into bytea columns, or remove those that nothing refers to (vacuumlo).',
  ),
  EXTENSION_ROWS: failed(
    'An extension keeps rows for its users (jobs, partition sets, reference systems), which neither strategy carries over.',
    'Make the extension on the target and put these rows there by hand, as `pg_dump` of the source has them, those that would act by themselves switched off; or remove them from the source if nothing needs them.',
  ),
  ROW_SECURITY: failed(
    'Row security hides rows of a table from the operator.',
    'Run the cutover as a role with bypassrls.',
  ),
  TRIGGER_ALWAYS: failed(
    'A trigger is enabled for replicated rows too, and will run on the target during the backfill.',
    'Look whether it may run twice; otherwise set it to its usual mode until the flip.',
  ),
  EVENT_TRIGGER: failed(
    'An event trigger runs at what the cutover makes: publications on the source, indexes on the target.',
    'Look what it does to them; disable it until the flip if it refuses or rewrites them.',
  ),
  REPLICATION_IN_THE_WAY: failed(
    'A subscription that is not of this cutover writes rows to a side.',
    'Drop the subscription named, or disable it and take its slot from it (`alter subscription … set (slot_name = none)`), before the cutover.',
  ),
  REPLICATION_LEFT_BEHIND: failed(
    'Somebody reads the source by a slot, and will get nothing of what is written after the flip.',
    'Plan how that reader moves to the target; drop the slot if nobody uses it.',
  ),
  PUBLICATION_LEFT_BEHIND: failed(
    'A publication of the source is not on the target: who subscribes to it hears of nothing that is written after the flip.',
    'Make it on the target (in a migration, or by hand before the flip) and point its subscribers anew; drop it if it has none.',
  ),
  PUBLICATION_IN_THE_WAY: failed(
    'A publication has a name that this cutover takes and drops, or publishes what it builds.',
    'Drop the publication named, if nothing needs it. Where another cutover of the same id made it, end that one first (`npm run cutover -- destroy`).',
  ),
  PREPARED_TRANSACTION: failed(
    'A prepared transaction is open: slots wait for it, and a freeze cannot end it.',
    'Commit or roll back the transaction named, in its database (commit prepared, rollback prepared).',
  ),
  LONG_TRANSACTION: failed(
    'A transaction with writes has been open for more than a minute: a slot is not made before it ends.',
    'Wait for it, or end the session named.',
  ),
  WRITER_NOT_FROZEN: failed(
    'A session is connected that could write and that the freeze does not know.',
    'Add its role to cutover:freeze.roles, or disconnect it before the flip.',
  ),
  SETTINGS_DIFFER: failed(
    'A setting of the database or of a role is not the same on the target.',
    'Set it there with `alter database … set` or `alter role … set`.',
  ),
  DATABASE_GRANT_MISSING: failed(
    'A right on the database itself, which nothing carries over, is not on the target.',
    'Run `grant … on database …` there, as its owner.',
  ),
  ROOM_NOT_KNOWN: failed(
    'Whether a disk has room for the cutover cannot be seen from SQL.',
    "Look at the server's free space, and compare it with what is needed.",
  ),
} as const satisfies Record<string, Reason>;
