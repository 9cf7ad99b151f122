import { type Plan, planSchema } from '../../../gates/cutover/plan.ts';
import type {
  PreflightFacts,
  SideFacts,
  SourceFacts,
  SourceRelation,
  TargetFacts,
} from '../../../gates/cutover-preflight/facts.ts';

/** A plan between two addresses where nothing is. */
export function samplePlan(changes: Partial<Plan> = {}): Plan {
  return planSchema.parse({
    id: 'sample',
    strategy: 'replicate',
    source: { direct: 'SOURCE_URL', at: 'source.example.com:5432/app' },
    target: { direct: 'TARGET_URL', at: 'target.example.com:5432/app' },
    verify: { modules: { all: ['public.*'] } },
    invariants: [],
    backfill: {},
    freeze: {},
    reverse: false,
    rehearsal: {},
    reviewer: 'reviewer',
    ...changes,
  });
}

/** A table with a primary key; nothing is special about it. */
export function relation(changes: Partial<SourceRelation> = {}): SourceRelation {
  return {
    name: 'public.events',
    kind: 'r',
    partition: false,
    unlogged: false,
    owner: 'migrator',
    owned: true,
    readable: true,
    identity: 'd',
    identified: true,
    deferrable: false,
    generated: [],
    generatedKey: [],
    rowSecurity: false,
    alwaysTriggers: [],
    rangeCollation: null,
    ...changes,
  };
}

/** A server on which nothing is in the way. */
export function side(changes: Partial<SideFacts> = {}): SideFacts {
  return {
    id: '1/5',
    version: 170_010,
    versionText: '17.10',
    standby: false,
    bytes: 50_000_000,
    encoding: 'UTF8',
    locale: { provider: 'b', collate: 'C', ctype: 'C', locale: 'C.UTF-8', recorded: '1', actual: '1' },
    operator: {
      role: 'operator',
      superuser: false,
      ownsDatabase: true,
      creates: true,
      seesAll: true,
      signals: true,
      replicates: true,
      subscribes: true,
    },
    extensions: { plpgsql: '1.0' },
    settings: {
      wal_level: 'logical',
      max_replication_slots: '10',
      max_active_replication_origins: '10',
      max_wal_senders: '10',
      max_worker_processes: '8',
      max_logical_replication_workers: '4',
      max_sync_workers_per_subscription: '2',
      max_slot_wal_keep_size: '8192',
      max_connections: '100',
      superuser_reserved_connections: '3',
    },
    databaseSettings: {},
    between: { pooled: [], proxied: false },
    pooledId: undefined,
    slots: 0,
    senders: 0,
    workers: 0,
    background: 1,
    sessions: 0,
    sessionsHere: 0,
    subscriptions: [],
    detached: [],
    publications: [],
    databaseGrants: ['connect to everybody', 'temporary to everybody'],
    ...changes,
  };
}

/** Facts that nothing is said against. */
export function facts(
  changes: { source?: Partial<SourceFacts>; target?: Partial<TargetFacts>; plan?: Partial<Plan> } & Partial<
    Pick<PreflightFacts, 'pending' | 'missing' | 'servingId' | 'frozenHere'>
  > = {},
): PreflightFacts {
  const { source = {}, target = {}, plan = {}, ...rest } = changes;
  return {
    plan: samplePlan(plan),
    pending: true,
    servingId: '1/5',
    missing: [],
    frozenHere: false,
    source: {
      ...side(),
      relations: [relation()],
      collations: [],
      roles: ['app', 'migrator'],
      freezeRoles: [{ role: 'app', exists: true, alterable: true, inherits: [] }],
      unstoppable: [],
      grantors: [],
      reviewerExists: true,
      largeObjects: 0,
      eventTriggers: [],
      rules: [],
      prepared: [],
      preparedElsewhere: [],
      longTransactions: [],
      otherWriters: [],
      otherSlots: [],
      readOnly: false,
      extensionRows: [],
      extensionTables: [],
      beside: {
        userMappings: [],
        comments: 0,
        columns: [],
        kept: [],
        keyTriggers: [],
        grants: [],
        extensionGrants: [],
      },
      ...source,
    },
    target: {
      ...side({ id: '2/5', version: 180_004, versionText: '18.4' }),
      marks: true,
      candidate: undefined,
      contents: [],
      available: {},
      collations: [],
      roles: ['app', 'migrator'],
      held: ['app', 'migrator'],
      unaltered: [],
      barred: [],
      extensionRows: [],
      ledgerRole: undefined,
      ...target,
    },
    ...rest,
  };
}
