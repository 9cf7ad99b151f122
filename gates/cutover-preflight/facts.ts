import type { Candidate } from '../cutover/candidate.ts';
import type { Plan } from '../cutover/plan.ts';
import type { Between } from '../cutover/pooler.ts';
import type { Finding } from '../kernel/verdict.ts';

/** What is read of each side alike. */
export interface SideFacts {
  readonly id: string;
  /** As server_version_num, and as PostgreSQL says it. */
  readonly version: number;
  readonly versionText: string;
  readonly standby: boolean;
  /** Of the database's files. */
  readonly bytes: number;
  readonly encoding: string;
  readonly locale: Locale;
  readonly operator: Operator;
  /** Name → version. */
  readonly extensions: Readonly<Record<string, string>>;
  /** Settings of the server that matter, in the units that pg_settings has. */
  readonly settings: Readonly<Record<string, string>>;
  /** `role name` → digest of the value: a value may be a secret. */
  readonly databaseSettings: Readonly<Record<string, string>>;
  readonly between: Between;
  /** Identity of the database that the pooled variable leads to; undefined where the plan has none. */
  readonly pooledId: string | undefined;
  /** Of all databases, but those of this cutover. */
  readonly slots: number;
  readonly senders: number;
  readonly workers: number;
  /** Processes that max_worker_processes bounds, but parallel workers, which make room, and those of this cutover. */
  readonly background: number;
  /** Sessions of others that max_connections bounds: on the server, and in this database. */
  readonly sessions: number;
  readonly sessionsHere: number;
  readonly subscriptions: readonly string[];
  /** Subscriptions that are disabled and have no slot: nothing comes by them. */
  readonly detached: readonly string[];
  readonly publications: readonly SeenPublication[];
  /** Rights on the database itself, but its owner's: `connect to app`, `connect to everybody`. */
  readonly databaseGrants: readonly string[];
}

/** A publication in a database, whoever made it. */
export interface SeenPublication {
  readonly name: string;
  /** It has tables, named or by their schema, or has all. */
  readonly publishes: boolean;
}

/** Of an extension's table the rows that are its users' (pg_extension_config_dump): what pg_dump takes along of it. */
export interface ExtensionRows {
  readonly extension: string;
  readonly name: string;
  readonly sequence: boolean;
  /** A thousand and one at the most; null where the operator may not see them all. Of a sequence 1 once it was used. */
  readonly rows: number | null;
  /** Of all these rows, or of the sequence's last value; null where there are more than a thousand. */
  readonly digest: string | null;
}

/** How a database sorts text by default. */
export interface Locale {
  /** pg_database.datlocprovider: b builtin, c libc, i ICU. */
  readonly provider: string;
  readonly collate: string;
  readonly ctype: string;
  readonly locale: string | null;
  /** Version of the provider's collation when the database was made, and now; null where the provider has none. */
  readonly recorded: string | null;
  readonly actual: string | null;
}

/** What the role that carries out the cutover may do on a side. */
export interface Operator {
  readonly role: string;
  readonly superuser: boolean;
  readonly ownsDatabase: boolean;
  /** Publications and schemas in this database. */
  readonly creates: boolean;
  /** Sees what others' sessions do. */
  readonly seesAll: boolean;
  readonly signals: boolean;
  /** Opens replication connections and makes slots. */
  readonly replicates: boolean;
  readonly subscribes: boolean;
}

/** A relation of the application on the source. Names are qualified, and quoted where they must be. */
export interface SourceRelation {
  readonly name: string;
  /** pg_class.relkind: r table, p partitioned, f foreign, m materialized view, S sequence. */
  readonly kind: string;
  readonly partition: boolean;
  readonly unlogged: boolean;
  readonly owner: string;
  readonly owned: boolean;
  readonly readable: boolean;
  /** pg_class.relreplident, and whether there is what it says: d default, f full, i index, n nothing. */
  readonly identity: string;
  readonly identified: boolean;
  /** Its primary key is deferrable: no replica identity by default. */
  readonly deferrable: boolean;
  /** Generated columns, and those of them in the replica identity. */
  readonly generated: readonly string[];
  readonly generatedKey: readonly string[];
  /** Row security would hide rows from the operator. */
  readonly rowSecurity: boolean;
  /** Triggers that fire for replicated rows too. */
  readonly alwaysTriggers: readonly string[];
  /** Collation of the text that it is divided by ranges of. */
  readonly rangeCollation: string | null;
}

/** A collation that is used, by the version of its provider's rules. */
export interface Collation {
  readonly name: string;
  /** From the provider, and from no migration. */
  readonly system: boolean;
  readonly recorded: string | null;
  readonly actual: string | null;
}

/** A role that the plan stops from writing. */
export interface FreezeRole {
  readonly role: string;
  readonly exists: boolean;
  /** The operator may change its settings. */
  readonly alterable: boolean;
  /** Roles whose rights it has beside its own. */
  readonly inherits: readonly string[];
}

/** What is read of the source beside. */
export interface SourceFacts extends SideFacts {
  readonly relations: readonly SourceRelation[];
  readonly collations: readonly Collation[];
  /** Roles that own something or are granted something. */
  readonly roles: readonly string[];
  readonly freezeRoles: readonly FreezeRole[];
  /** Why the freeze cannot take what they write with: superusers among those whose rights they have. */
  readonly unstoppable: readonly { readonly about: string; readonly found: string }[];
  /** Roles that granted what the freeze takes, and that the operator may not act for. */
  readonly grantors: readonly string[];
  readonly reviewerExists: boolean;
  /** A thousand at the most. */
  readonly largeObjects: number;
  readonly eventTriggers: readonly string[];
  readonly rules: readonly string[];
  readonly prepared: readonly string[];
  /** Prepared transactions of other databases that are older than a minute: `gid in database`. */
  readonly preparedElsewhere: readonly string[];
  /** Transactions with writes in them that are older than a minute, in all databases. */
  readonly longTransactions: readonly string[];
  /** Sessions that could write and are of none of the plan's roles: `role (application)`. */
  readonly otherWriters: readonly string[];
  /** Logical slots of this database that are not of this cutover: who reads them gets nothing after the flip. */
  readonly otherSlots: readonly string[];
  readonly readOnly: boolean;
  readonly extensionRows: readonly ExtensionRows[];
  /** Tables of extensions that hold something which pg_dump leaves to the extension. */
  readonly extensionTables: readonly string[];
  /** What is neither schema that is compared nor rows. */
  readonly beside: Beside;
}

/** What of a database no comparison of catalogs has (neverCompared in gates/catalog). */
export interface Beside {
  /** `server for role`. */
  readonly userMappings: readonly string[];
  /** Comments and security labels, of everything in the database. */
  readonly comments: number;
  /** Columns with a statistics target, storage or compression of their own. */
  readonly columns: readonly string[];
  /** Relations outside the database's tablespace, tables of another method than heap, clustered ones. */
  readonly kept: readonly string[];
  /** Triggers of foreign keys that do not fire as usual: `trigger on table`. */
  readonly keyTriggers: readonly string[];
  /** Languages and parameters that rights were given or taken on. */
  readonly grants: readonly string[];
  /** What belongs to extensions and has other rights than they came with. */
  readonly extensionGrants: readonly string[];
}

/** What is read of the target beside, as the source needs it. */
export interface TargetFacts extends SideFacts {
  /** The operator may use schema sallyport there, or make it; without that a mark cannot be read either. */
  readonly marks: boolean;
  readonly candidate: Candidate | undefined;
  readonly contents: readonly string[];
  /** Extensions of the source that could be made here: name → version. */
  readonly available: Readonly<Record<string, string>>;
  /** Of those that the source uses. */
  readonly collations: readonly Collation[];
  /** Roles that exist, of those that are needed. */
  readonly roles: readonly string[];
  /** Of those, the ones that the operator may act as. */
  readonly held: readonly string[];
  /** Roles that the plan stops from writing, those of them whose settings the operator may not change here. */
  readonly unaltered: readonly string[];
  /** Of those, the ones that sign in and may not connect to this database. */
  readonly barred: readonly string[];
  readonly extensionRows: readonly ExtensionRows[];
  /** The role that the ledger will belong to, where the operator can neither make it the owner of schema sallyport nor finds it so. */
  readonly ledgerRole: string | undefined;
}

/** What preflight sees. */
export interface PreflightFacts {
  readonly plan: Plan;
  /** Whether the cutover is to go on now, and not only looked at. */
  readonly pending: boolean;
  /** Of the database that the application has. */
  readonly servingId: string;
  /** Migrations of the release that the database that serves does not have. */
  readonly missing: readonly string[];
  /** A freeze of this cutover is on record, and not thawed. */
  readonly frozenHere: boolean;
  readonly source: SourceFacts;
  readonly target: TargetFacts;
}

/** A rule of preflight: pure. */
export type PreflightRule = (facts: PreflightFacts) => readonly Finding[];
