import type { PreflightRule } from './facts.ts';
import { atHead } from './rules/at-head.ts';
import { collations } from './rules/collations.ts';
import { connectionRoom } from './rules/connection-room.ts';
import { databaseGrants } from './rules/database-grants.ts';
import { encoding } from './rules/encoding.ts';
import { extensionRows } from './rules/extension-rows.ts';
import { extensions } from './rules/extensions.ts';
import { freezeRoles } from './rules/freeze-roles.ts';
import { frozen } from './rules/frozen.ts';
import { keptWal } from './rules/kept-wal.ts';
import { notReplicated } from './rules/not-replicated.ts';
import { otherPublications } from './rules/other-publications.ts';
import { otherReplication } from './rules/other-replication.ts';
import { pooled } from './rules/pooled.ts';
import { replicaIdentity } from './rules/replica-identity.ts';
import { replicationRoom } from './rules/replication-room.ts';
import { reviewer } from './rules/reviewer.ts';
import { rights } from './rules/rights.ts';
import { roles } from './rules/roles.ts';
import { room } from './rules/room.ts';
import { rowSecurity } from './rules/row-security.ts';
import { settings } from './rules/settings.ts';
import { sides } from './rules/sides.ts';
import { targetFree } from './rules/target-free.ts';
import { transactions } from './rules/transactions.ts';
import { triggers } from './rules/triggers.ts';
import { versions } from './rules/versions.ts';
import { walLevel } from './rules/wal-level.ts';
import { writers } from './rules/writers.ts';

/** Every rule of preflight, in the order in which its findings are shown. */
export const preflightRules: Readonly<Record<string, PreflightRule>> = {
  sides,
  pooled,
  targetFree: ({ target, plan }) => targetFree(target, plan),
  versions,
  atHead,
  extensions,
  encoding,
  collations,
  roles,
  reviewer,
  freezeRoles,
  rights,
  frozen,
  walLevel,
  replicationRoom,
  connectionRoom,
  keptWal,
  replicaIdentity,
  notReplicated,
  extensionRows,
  rowSecurity,
  triggers,
  otherReplication,
  otherPublications,
  transactions,
  writers,
  settings,
  databaseGrants,
  room,
};
