import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { Candidate } from '../../../gates/cutover/candidate.ts';
import { preflightRules } from '../../../gates/cutover-preflight/catalogue.ts';
import { cutoverPreflight } from '../../../gates/cutover-preflight/cutover-preflight.ts';
import { notCarried } from '../../../gates/cutover-preflight/not-carried.ts';
import { facts, relation, samplePlan, side } from './sample-facts.ts';

type Changes = Parameters<typeof facts>[0];
type Case = readonly [what: string, changes: Changes, findings: readonly string[]];

const { operator, settings, locale } = side();
const set = (changes: Record<string, string>) => ({ settings: { ...settings, ...changes } });
const may = (changes: Partial<typeof operator>) => ({ operator: { ...operator, ...changes } });
const of = (...relations: Parameters<typeof relation>[0][]) => ({ relations: relations.map(relation) });
const copy = { strategy: 'copy' } as const;
const candidate: Candidate = {
  cutover: 'sample',
  build: 'b',
  state: 'building',
  plan: 'p',
  source: '1/5',
  since: '2026-03-02 10:00:00+00',
  note: '',
};
const mine = { ...candidate, source: '1/5' };
const jobs = { extension: 'pg_cron', name: 'cron.job', sequence: false, rows: 3, digest: 'a' };
const many = { ...jobs, rows: 1001, digest: null };
const jobIds = { extension: 'pg_cron', name: 'cron.jobid_seq', sequence: true, rows: 1, digest: '3' };
const published = (...names: readonly string[]) => ({ publications: names.map((name) => ({ name, publishes: true })) });
const german = { name: 'pg_catalog."de-x-icu"', system: true, recorded: '153.1', actual: '153.1' };

/** Rule → what it is shown, and what it says. */
const cases: Readonly<Record<string, readonly Case[]>> = {
  sides: [
    ['a source that serves, and another target', {}, []],
    ['a source that does not serve', { servingId: '9/9' }, ['BLOCKER SOURCE_NOT_SERVING SOURCE_URL']],
    ['one database twice', { target: { id: '1/5' } }, ['BLOCKER SAME_DATABASE TARGET_URL']],
    ['a standby as the source', { source: { standby: true } }, ['BLOCKER SIDE_STANDBY SOURCE_URL']],
    ['a standby as the target', { target: { standby: true } }, ['BLOCKER SIDE_STANDBY TARGET_URL']],
  ],
  pooled: [
    ['direct addresses', {}, []],
    [
      'a pooler',
      { source: { between: { pooled: ['a session that lost its setting'], proxied: true } } },
      ['BLOCKER SIDE_POOLED SOURCE_URL'],
    ],
    ['a gateway', { target: { between: { pooled: [], proxied: true } } }, ['WARNING SIDE_PROXIED TARGET_URL']],
    [
      'pooled addresses, one of which leads elsewhere',
      {
        plan: {
          source: { ...samplePlan().source, pooled: 'SOURCE_POOLED_URL' },
          target: { ...samplePlan().target, pooled: 'TARGET_POOLED_URL' },
        },
        source: { pooledId: '1/5' },
        target: { pooledId: '1/5' },
      },
      ['BLOCKER POOLED_ELSEWHERE TARGET_POOLED_URL'],
    ],
  ],
  targetFree: [
    ['an empty target', {}, []],
    ['the candidate of this cutover', { target: { candidate, contents: ['public.events'] } }, []],
    ['a refused one', { target: { candidate: { ...candidate, state: 'refused' }, contents: ['public.events'] } }, []],
    [
      "somebody's tables",
      { target: { contents: ['public.somebodys'] } },
      ['BLOCKER TARGET_NOT_EMPTY target.example.com:5432/app'],
    ],
    [
      'the candidate of another cutover',
      { target: { candidate: { ...candidate, cutover: 'other' } } },
      ['BLOCKER TARGET_NOT_EMPTY target.example.com:5432/app'],
    ],
    [
      'a target that serves',
      { target: { candidate: { ...candidate, state: 'serving' } } },
      ['BLOCKER TARGET_SERVES target.example.com:5432/app'],
    ],
  ],
  versions: [
    ['a newer target', {}, []],
    ['the same major version, a minor one older', { target: { version: 170_004 } }, []],
    ['an older target', { target: { version: 160_009, versionText: '16.9' } }, ['BLOCKER SERVER_VERSION TARGET_URL']],
    [
      'a source before 14',
      { source: { version: 130_022, versionText: '13.22' } },
      ['BLOCKER SERVER_VERSION SOURCE_URL'],
    ],
  ],
  atHead: [
    ['a source at head', {}, []],
    [
      'a migration that the source does not have',
      { missing: ['20250103_x'] },
      ['BLOCKER SOURCE_NOT_AT_HEAD 20250103_x'],
    ],
  ],
  extensions: [
    ['the same ones', {}, []],
    [
      'others',
      {
        source: { extensions: { plpgsql: '1.0', citext: '1.6', pg_trgm: '1.6', postgis: '3.4' } },
        target: { extensions: { plpgsql: '1.0', citext: '1.8' }, available: { pg_trgm: '1.6' } },
      },
      [
        'WARNING EXTENSION_VERSION citext',
        'WARNING EXTENSION_MISSING pg_trgm',
        'BLOCKER EXTENSION_UNAVAILABLE postgis',
      ],
    ],
  ],
  encoding: [
    ['the same one', {}, []],
    ['another one', { target: { encoding: 'LATIN1' } }, ['BLOCKER ENCODING_DIFFERS target.example.com:5432/app']],
  ],
  collations: [
    ['the same ones', { source: { collations: [german] }, target: { collations: [german] } }, []],
    [
      'another provider',
      { target: { locale: { ...locale, provider: 'i', locale: 'de' } } },
      ['WARNING COLLATION_DIFFERS by default'],
    ],
    [
      'another version of the default',
      { target: { locale: { ...locale, recorded: '2', actual: '2' } } },
      ['WARNING COLLATION_DIFFERS by default'],
    ],
    [
      'another provider, where ranges of text divide a table',
      { source: of({ kind: 'p', rangeCollation: 'default' }), target: { locale: { ...locale, locale: 'C' } } },
      ['BLOCKER COLLATION_DIFFERS by default'],
    ],
    [
      'a locale that the target does not have',
      { source: { collations: [german, { ...german, name: 'public.own', system: false }] } },
      ['BLOCKER COLLATION_MISSING pg_catalog."de-x-icu"'],
    ],
    [
      'another version of one that columns use',
      { source: { collations: [german] }, target: { collations: [{ ...german, recorded: '154', actual: '154' }] } },
      ['WARNING COLLATION_DIFFERS pg_catalog."de-x-icu"'],
    ],
    [
      'rules that have changed since',
      {
        source: { locale: { ...locale, recorded: '0' }, collations: [{ ...german, recorded: '1' }] },
        target: { collations: [german] },
      },
      [
        'WARNING COLLATION_STALE source.example.com:5432/app the default collation',
        'WARNING COLLATION_STALE source.example.com:5432/app pg_catalog."de-x-icu"',
      ],
    ],
  ],
  roles: [
    ['all of them', {}, []],
    [
      'one that is missing, and one that only writes',
      { source: { roles: ['migrator', 'reports'] }, target: { roles: ['migrator'] } },
      ['BLOCKER ROLE_MISSING app', 'BLOCKER ROLE_MISSING reports'],
    ],
  ],
  reviewer: [
    ['a role of their own', {}, []],
    ['none', { source: { reviewerExists: false } }, ['BLOCKER REVIEWER_UNFIT reviewer']],
    ['the operator', { source: may({ role: 'reviewer' }) }, ['BLOCKER REVIEWER_UNFIT reviewer']],
  ],
  freezeRoles: [
    ['a role with rights of its own', {}, []],
    ...(
      [
        ['one that is missing', { exists: false, alterable: false }, ['BLOCKER FREEZE_ROLE_UNFIT app']],
        ['one that may not be altered', { alterable: false }, ['BLOCKER FREEZE_ROLE_UNFIT app']],
        ['one with the rights of another', { inherits: ['owner'] }, ['WARNING FREEZE_ROLE_UNFIT app']],
      ] as const
    ).map(([what, changes, findings]): Case => {
      const role = { role: 'app', exists: true, alterable: true, inherits: [], ...changes };
      return [what, { source: { freezeRoles: [role] } }, findings];
    }),
    [
      'a superuser, or a way to the rights of one',
      { source: { unstoppable: [{ about: 'app', found: 'a superuser' }] } },
      ['BLOCKER FREEZE_ROLE_UNFIT app'],
    ],
    [
      'one that may not be altered on the target, where the way back stops it',
      { target: { unaltered: ['app'] } },
      ['BLOCKER FREEZE_ROLE_UNFIT app'],
    ],
  ],
  rights: [
    ['all rights', {}, []],
    ...(
      [
        ['seesAll', 2],
        ['signals', 2],
        ['ownsDatabase', 2],
        ['creates', 2],
        ['replicates', 1],
        ['subscribes', 1],
      ] as const
    ).map(([right, count]): Case => {
      const findings = ['SOURCE_URL', 'TARGET_URL'].map((about) => `BLOCKER OPERATOR_RIGHTS ${about}`);
      const lacks = may({ [right]: false });
      const only = right === 'subscribes' ? findings.slice(1) : findings.slice(0, count);
      return [`neither side's ${right}`, { source: lacks, target: lacks }, only];
    }),
    ['no way to own the ledger', { target: { ledgerRole: 'gates' } }, ['BLOCKER OPERATOR_RIGHTS TARGET_URL']],
    ['rights that another granted', { source: { grantors: ['lead'] } }, ['BLOCKER OPERATOR_RIGHTS SOURCE_URL']],
    ['no use of our schema', { target: { marks: false } }, ['BLOCKER OPERATOR_RIGHTS TARGET_URL']],
    ['no replication, for a copy', { plan: copy, source: may({ replicates: false, creates: false }) }, []],
    ['tables that may not be read', { source: of({ readable: false }) }, ['BLOCKER OPERATOR_RIGHTS SOURCE_URL']],
    [
      'tables of another role',
      { source: of({ owned: false }), target: { held: [] } },
      ['BLOCKER OPERATOR_RIGHTS SOURCE_URL', 'BLOCKER OPERATOR_RIGHTS TARGET_URL'],
    ],
    [
      'no rights for the way back',
      { plan: { reverse: true }, source: may({ subscribes: false }), target: may({ replicates: false }) },
      ['BLOCKER OPERATOR_RIGHTS SOURCE_URL', 'BLOCKER OPERATOR_RIGHTS TARGET_URL'],
    ],
  ],
  frozen: [
    ['replication', {}, []],
    [
      'replication from a source that others froze',
      { source: { readOnly: true } },
      ['BLOCKER SOURCE_READ_ONLY source.example.com:5432/app'],
    ],
    ['replication from a source that this cutover froze', { source: { readOnly: true }, frozenHere: true }, []],
    ['a copy from a source that is frozen', { plan: copy, source: { readOnly: true } }, []],
    ['a copy from one that takes writes', { plan: copy }, ['BLOCKER SOURCE_NOT_FROZEN source.example.com:5432/app']],
  ],
  walLevel: [
    ['logical', { target: set({ wal_level: 'replica' }) }, []],
    ['replica', { source: set({ wal_level: 'replica' }) }, ['BLOCKER WAL_LEVEL SOURCE_URL']],
    ['replica, for a copy', { plan: copy, source: set({ wal_level: 'replica' }) }, []],
    [
      'replica on the target, with a way back',
      { plan: { reverse: true }, target: set({ wal_level: 'replica' }) },
      ['BLOCKER WAL_LEVEL TARGET_URL'],
    ],
  ],
  replicationRoom: [
    ['room enough', { source: { slots: 6, senders: 7 }, target: { workers: 1 } }, []],
    [
      'too little on the source',
      { source: { slots: 7, senders: 8 } },
      [
        'BLOCKER REPLICATION_ROOM SOURCE_URL max_replication_slots',
        'BLOCKER REPLICATION_ROOM SOURCE_URL max_wal_senders',
      ],
    ],
    [
      'too little on the target',
      { target: { ...set({ max_active_replication_origins: '2', max_logical_replication_workers: '2' }) } },
      [
        'BLOCKER REPLICATION_ROOM TARGET_URL max_logical_replication_workers',
        'BLOCKER REPLICATION_ROOM TARGET_URL max_active_replication_origins',
      ],
    ],
    [
      'too little for the way back',
      {
        plan: { reverse: true, ...copy },
        source: set({ max_logical_replication_workers: '0' }),
        target: { slots: 10, senders: 10 },
      },
      [
        'BLOCKER REPLICATION_ROOM SOURCE_URL max_logical_replication_workers',
        'BLOCKER REPLICATION_ROOM TARGET_URL max_replication_slots',
        'BLOCKER REPLICATION_ROOM TARGET_URL max_wal_senders',
      ],
    ],
    [
      'processes of others that leave no room for the workers, on either side',
      { plan: { reverse: true }, source: { background: 8 }, target: { background: 6 } },
      [
        'BLOCKER REPLICATION_ROOM SOURCE_URL max_worker_processes',
        'BLOCKER REPLICATION_ROOM TARGET_URL max_worker_processes',
      ],
    ],
    ['processes that leave just enough', { plan: { reverse: true }, source: { background: 7 } }, []],
    ['a cutover that is under way', { pending: false, source: { slots: 10 }, target: { background: 8 } }, []],
    ['a copy', { plan: copy, source: { slots: 10 }, target: { background: 8 } }, []],
  ],
  connectionRoom: [
    ['room enough', { source: { sessions: 90, sessionsHere: 90 } }, []],
    [
      'too many sessions now, which come and go',
      { source: { sessions: 91 }, target: { sessions: 91 } },
      ['WARNING CONNECTION_ROOM SOURCE_URL max_connections', 'WARNING CONNECTION_ROOM TARGET_URL max_connections'],
    ],
    [
      'a bound that it never fits into, reserved connections counted',
      { source: set({ max_connections: '10', reserved_connections: '1' }), target: set({ max_connections: '9' }) },
      ['BLOCKER CONNECTION_ROOM SOURCE_URL max_connections', 'BLOCKER CONNECTION_ROOM TARGET_URL max_connections'],
    ],
    [
      'processes that digest, which need three times as many on the target',
      { plan: { verify: { ...samplePlan().verify, processes: 31 } }, source: {}, target: {} },
      ['BLOCKER CONNECTION_ROOM TARGET_URL max_connections'],
    ],
    [
      'a copy by many workers',
      { plan: { ...copy, backfill: { ...samplePlan().backfill, workers: 32 } }, source: { sessions: 61 } },
      ['WARNING CONNECTION_ROOM SOURCE_URL max_connections'],
    ],
    [
      'an application that has more sessions than the target takes',
      { source: { sessionsHere: 60 }, target: set({ max_connections: '50' }) },
      ['WARNING CONNECTION_ROOM TARGET_URL max_connections'],
    ],
    ['a cutover that is under way', { pending: false, source: { sessions: 99 } }, []],
  ],
  keptWal: [
    ['a bound above the lag', {}, []],
    [
      'none',
      { source: set({ max_slot_wal_keep_size: '-1' }) },
      ['WARNING WAL_UNBOUNDED SOURCE_URL max_slot_wal_keep_size'],
    ],
    [
      'one below the lag',
      { source: set({ max_slot_wal_keep_size: '1024' }) },
      ['BLOCKER WAL_KEPT_TOO_LITTLE SOURCE_URL max_slot_wal_keep_size'],
    ],
    [
      'slots that are given up when nobody reads',
      { source: set({ idle_replication_slot_timeout: '60' }) },
      ['WARNING WAL_KEPT_TOO_LITTLE SOURCE_URL idle_replication_slot_timeout'],
    ],
    ['a copy', { plan: copy, source: set({ max_slot_wal_keep_size: '1' }) }, []],
  ],
  replicaIdentity: [
    ['primary keys', {}, []],
    ['a sequence, which has none', { source: of({ kind: 'S', identified: false }) }, []],
    ['no key', { source: of({ identified: false }) }, ['BLOCKER REPLICA_IDENTITY public.events']],
    ['nothing', { source: of({ identity: 'n', identified: false }) }, ['BLOCKER REPLICA_IDENTITY public.events']],
    ['no key, for a copy', { plan: copy, source: of({ identified: false }) }, []],
    ['whole rows', { source: of({ identity: 'f' }) }, ['WARNING REPLICA_IDENTITY_FULL public.events']],
    [
      'a deferrable key',
      { source: of({ identified: false, deferrable: true }) },
      ['BLOCKER REPLICA_IDENTITY public.events'],
    ],
    ['a deferrable key beside another identity', { source: of({ identity: 'i', deferrable: true }) }, []],
    ['a generated column in it', { source: of({ generatedKey: ['day'] }) }, ['BLOCKER GENERATED_KEY public.events']],
  ],
  notReplicated: [
    ['tables only', {}, []],
    ['large objects', { source: { largeObjects: 3 } }, ['BLOCKER LARGE_OBJECTS source.example.com:5432/app']],
    ['an unlogged table', { source: of({ unlogged: true }) }, ['BLOCKER TABLE_UNLOGGED public.events']],
    ['an unlogged table, for a copy', { plan: copy, source: of({ unlogged: true }) }, []],
    ['a foreign table', { source: of({ kind: 'f' }) }, ['WARNING FOREIGN_TABLE public.events']],
    ['a foreign partition', { source: of({ kind: 'f', partition: true }) }, ['BLOCKER FOREIGN_TABLE public.events']],
  ],
  extensionRows: [
    [
      'none',
      {
        source: {
          extensionRows: [
            { ...jobs, rows: 0 },
            { ...jobIds, rows: 0 },
          ],
        },
      },
      [],
    ],
    [
      'some that the target does not have, and a sequence',
      { source: { extensionRows: [jobs, jobIds] } },
      ['BLOCKER EXTENSION_ROWS cron.job of pg_cron', 'WARNING EXTENSION_ROWS cron.jobid_seq of pg_cron'],
    ],
    [
      'fewer on the target',
      { source: { extensionRows: [jobs] }, target: { extensionRows: [{ ...jobs, rows: 2, digest: 'b' }] } },
      ['BLOCKER EXTENSION_ROWS cron.job of pg_cron'],
    ],
    [
      'the same on the target',
      { source: { extensionRows: [jobs, jobIds] }, target: { extensionRows: [jobs, jobIds] } },
      [],
    ],
    [
      'as many on the target, switched off, and another value of the sequence',
      {
        source: { extensionRows: [jobs, jobIds] },
        target: {
          extensionRows: [
            { ...jobs, digest: 'b' },
            { ...jobIds, digest: '1' },
          ],
        },
      },
      ['WARNING EXTENSION_ROWS cron.job of pg_cron', 'WARNING EXTENSION_ROWS cron.jobid_seq of pg_cron'],
    ],
    [
      'more than are compared, on both sides',
      { source: { extensionRows: [many] }, target: { extensionRows: [many] } },
      ['WARNING EXTENSION_ROWS cron.job of pg_cron'],
    ],
    [
      'some that the operator may not see, on either side',
      {
        source: {
          extensionRows: [
            { ...jobs, rows: null, digest: null },
            { ...jobs, name: 'cron.other' },
          ],
        },
        target: { extensionRows: [{ ...jobs, name: 'cron.other', rows: null, digest: null }] },
      },
      ['BLOCKER EXTENSION_ROWS cron.job of pg_cron', 'BLOCKER EXTENSION_ROWS cron.other of pg_cron'],
    ],
  ],
  rowSecurity: [
    ['none', {}, []],
    ['some', { source: of({ rowSecurity: true }) }, ['BLOCKER ROW_SECURITY public.events']],
  ],
  triggers: [
    ['none', {}, []],
    [
      'some that would act',
      { source: { ...of({ alwaysTriggers: ['audit'] }), eventTriggers: ['no_ddl'] } },
      ['WARNING TRIGGER_ALWAYS audit on public.events', 'WARNING EVENT_TRIGGER no_ddl'],
    ],
  ],
  otherReplication: [
    ['none', {}, []],
    [
      'some',
      { source: { subscriptions: ['in'], otherSlots: ['cdc'] }, target: { subscriptions: ['old'] } },
      [
        'BLOCKER REPLICATION_IN_THE_WAY source.example.com:5432/app in',
        'BLOCKER REPLICATION_IN_THE_WAY target.example.com:5432/app old',
        'WARNING REPLICATION_LEFT_BEHIND cdc',
      ],
    ],
  ],
  otherPublications: [
    ['none', { source: { detached: ['old'] } }, []],
    ["somebody's", { source: published('cdc') }, ['WARNING PUBLICATION_LEFT_BEHIND cdc']],
    ["somebody's that the target has too", { source: published('cdc'), target: published('cdc') }, []],
    [
      'ours, of the candidate that is being built',
      { source: published('sallyport_sample', 'sallyport_sample#1'), target: { candidate: mine } },
      [],
    ],
    [
      'ours by name, and no candidate that they are of',
      { source: published('sallyport_sample', 'sallyport_sample#1') },
      ['WARNING PUBLICATION_IN_THE_WAY source.example.com:5432/app sallyport_sample'],
    ],
    [
      'ours by name, and a candidate of another source',
      { source: published('sallyport_sample'), target: { candidate: { ...mine, source: '9/9' } } },
      ['WARNING PUBLICATION_IN_THE_WAY source.example.com:5432/app sallyport_sample'],
    ],
    [
      'those of another cutover, whose name begins alike',
      { source: published('sallyport_sample_2') },
      ['WARNING PUBLICATION_LEFT_BEHIND sallyport_sample_2'],
    ],
    [
      "the way back's, before there is a candidate, and one of tables of the target",
      { target: published('sallyport_sample_back', 'all') },
      [
        'BLOCKER PUBLICATION_IN_THE_WAY target.example.com:5432/app sallyport_sample_back',
        'WARNING PUBLICATION_IN_THE_WAY target.example.com:5432/app all',
      ],
    ],
    ["the way back's, with its candidate", { target: { ...published('sallyport_sample_back'), candidate: mine } }, []],
    ['one on the target that publishes nothing', { target: { publications: [{ name: 'x', publishes: false }] } }, []],
  ],
  transactions: [
    ['none', {}, []],
    [
      'prepared ones of other databases',
      { source: { preparedElsewhere: ['gid in billing'] } },
      ['WARNING PREPARED_TRANSACTION gid in billing'],
    ],
    [
      'prepared ones of other databases, for a copy',
      { plan: copy, source: { preparedElsewhere: ['gid in billing'] } },
      [],
    ],
    [
      'some',
      { source: { prepared: ['gid'], longTransactions: ['app (api), 90 s in app'] } },
      ['BLOCKER PREPARED_TRANSACTION gid', 'WARNING LONG_TRANSACTION app (api), 90 s in app'],
    ],
    [
      'some, for a copy',
      { plan: copy, source: { prepared: ['gid'], longTransactions: ['app (api), 90 s in app'] } },
      ['BLOCKER PREPARED_TRANSACTION gid'],
    ],
  ],
  writers: [
    ['none', {}, []],
    ['one', { source: { otherWriters: ['batch (nightly)'] } }, ['WARNING WRITER_NOT_FROZEN batch (nightly)']],
  ],
  settings: [
    [
      'the same ones',
      {
        source: { databaseSettings: { 'app lock_timeout': 'a' } },
        target: { databaseSettings: { 'app lock_timeout': 'a' } },
      },
      [],
    ],
    [
      'others, and those of a role that is none of ours',
      {
        source: { databaseSettings: { 'everybody TimeZone': 'a', 'app lock_timeout': 'a', 'somebody x': 'a' } },
        target: { databaseSettings: { 'app lock_timeout': 'b' } },
      },
      ['WARNING SETTINGS_DIFFER setting of everybody TimeZone', 'WARNING SETTINGS_DIFFER setting of app lock_timeout'],
    ],
  ],
  databaseGrants: [
    ['the same ones', {}, []],
    [
      'fewer on the target, one of them what a role signs in by',
      {
        source: {
          databaseGrants: ['connect to app', 'connect to migrator', 'create to migrator', 'create to somebody'],
        },
        target: { databaseGrants: [], barred: ['app'] },
      },
      [
        'BLOCKER DATABASE_GRANT_MISSING connect to app',
        'WARNING DATABASE_GRANT_MISSING connect to migrator',
        'WARNING DATABASE_GRANT_MISSING create to migrator',
      ],
    ],
    ['one that everybody has on the target', { source: { databaseGrants: ['connect to app'] } }, []],
  ],
  room: [
    ['a small database', {}, []],
    [
      'a large one',
      { source: { bytes: 2 ** 40 } },
      ['WARNING ROOM_NOT_KNOWN TARGET_URL', 'WARNING ROOM_NOT_KNOWN SOURCE_URL'],
    ],
    ['a large one, for a copy', { plan: copy, source: { bytes: 2 ** 40 } }, ['WARNING ROOM_NOT_KNOWN TARGET_URL']],
  ],
};

describe("the rules of a cutover's preflight", () => {
  it('are all in these tests, and each file is in the catalogue', async () => {
    assert.deepEqual(Object.keys(cases).sort(), Object.keys(preflightRules).sort());
    const files = await readdir(join(import.meta.dirname, '../../../gates/cutover-preflight/rules'));
    assert.equal(files.length, Object.keys(preflightRules).length);
  });

  for (const [rule, table] of Object.entries(cases)) {
    for (const [what, changes, expected] of table) {
      it(`${rule}: ${what}${expected.length === 0 ? ', nothing is said' : ''}`, () => {
        const findings = preflightRules[rule]?.(facts(changes)) ?? [];
        assert.deepEqual(
          findings.map(({ severity, code, about }) => `${severity} ${code} ${about}`),
          expected,
        );
      });
    }
  }

  const judged = (changes: Changes) => {
    const seen = facts(changes);
    return cutoverPreflight.judge(seen, { plan: seen.plan } as never).map(({ code }) => code);
  };

  it('say nothing of a cutover that nothing is in the way of', () => assert.deepEqual(judged({}), []));

  it('are not asked any more once the candidate serves, and nothing begins again then', () => {
    const served = { candidate: { ...candidate, state: 'serving' as const } };
    assert.deepEqual(judged({ target: served, pending: false, servingId: '2/5' }), []);
    assert.deepEqual(judged({ target: served, servingId: '2/5' }), ['TARGET_SERVES']);
  });

  it('say the line that gives a table its replica identity', () => {
    const [finding] = preflightRules.replicaIdentity?.(facts({ source: of({ identified: false }) })) ?? [];
    assert.match(finding?.recovery ?? '', /alter table public\.events replica identity full;/);
  });

  it('tell a deferrable key from none', () => {
    const [finding] =
      preflightRules.replicaIdentity?.(facts({ source: of({ identified: false, deferrable: true }) })) ?? [];
    assert.match(finding?.found ?? '', /a deferrable primary key/);
  });

  it('list everything that is not carried over, each with its plan', () => {
    const sequences = { name: 'public.s', kind: 'S' };
    const { source } = facts({ source: of(sequences, { generated: ['day'] }, { name: 'public.m', kind: 'm' }) });
    const more = {
      extensionRows: [jobs, { ...jobIds, rows: 0 }],
      extensionTables: ['cron.job_run_details'],
      detached: ['old'],
      ...published('cdc', 'sallyport_sample', 'sallyport_sample#1'),
    };
    const list = notCarried(facts({ source: { ...source, ...more } }));
    assert.deepEqual(Object.fromEntries(list.map(({ what, count }) => [what, count])), {
      'values of sequences': 1,
      'rows of materialized views': 1,
      'generated columns': 1,
      'rows of unlogged tables': 0,
      'rows of foreign tables': 0,
      'large objects': 0,
      'rows that extensions keep for their users': 3,
      'other tables of extensions': 1,
      rules: 0,
      'event triggers': 0,
      'other slots and what reads by them': 0,
      publications: 1,
      subscriptions: 1,
      'user mappings of foreign servers': 0,
      'comments and security labels': 0,
      'storage, compression and statistics targets of columns': 0,
      'tablespaces, access methods and clustering of tables': 0,
      'triggers of foreign keys that are off': 0,
      'rights on languages and parameters': 0,
      'rights on what belongs to extensions': 0,
      'rights on the database': 2,
      'roles, their passwords and memberships': 2,
      'settings of the database and its roles': 0,
      'owner, tablespace and connection limit of the database': 0,
      'changes of the schema': 0,
      'statistics of the planner': 0,
    });
    assert.ok(list.every(({ plan }) => plan !== ''));
  });
});
