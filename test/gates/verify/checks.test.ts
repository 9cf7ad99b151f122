import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import { readInvariants } from '../../../gates/verify/checks/invariants.ts';
import { compareCounts, countRows } from '../../../gates/verify/counts.ts';
import { piiPatterns } from '../../../gates/verify/pii/patterns.ts';
import { readTableShapes } from '../../../gates/verify/table-shape.ts';
import { type DatabaseChecks, verifyDatabase as verify } from '../../../gates/verify/verify-database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

const good = `
create table settings (name text primary key, value text);
insert into settings values ('mode', 'live'), ('region', 'north');
create table account (id serial primary key, email text, parent int references account);
insert into account (email, parent) values ('user1@example.com', null), ('user2@example.com', 1);
create table pairs (a int, b int, primary key (a, b)); insert into pairs values (1, 2);
create table uses (id int primary key, a int, b int, foreign key (a, b) references pairs match full, note jsonb, code varchar);
insert into uses values (1, 1, 2, '{"n": "4111 1111 1111 1112"}', 'DE00 1234 5678 9012 3456 78'), (2, null, null, null, null);
create table parts (id int primary key, account int references account) partition by range (id);
create table parts_all partition of parts default; insert into parts values (1, 1);
create sequence down increment -1; create table falling (id int primary key default nextval('down'));
insert into falling default values;
create type contact as (kind text, way text); create table desk (id int primary key, c contact);
insert into desk values (1, row('room', '12'));
create table tenure (who int4range, at daterange, primary key (who, at without overlaps));
insert into tenure values ('[1,2)', '[2025-01-01,2025-03-01)'), ('[1,2)', '[2025-03-01,2025-06-01)');
create table absence (id int primary key, who int4range, at daterange, foreign key (who, period at) references tenure (who, period at));
insert into absence values (1, '[1,2)', '[2025-02-01,2025-04-01)');
create schema sallyport; create table sallyport.kept (id int generated always as identity);
insert into sallyport.kept overriding system value values (100);
`;
const checks: DatabaseChecks = {
  required: [{ schema: 'public', table: 'settings', column: 'name', keys: ['mode', 'region'] }],
  invariants: [{ file: 'live.sql', sql: `select from settings where name = 'mode' and value <> 'live';` }],
  searchPath: 'public',
  pii: { patterns: piiPatterns, declared: ['public.account.email'] },
  policy: [],
};

describe('the checks of one database', () => {
  let database: VerifyDatabase;

  before(async () => {
    database = await verifyDatabase(majors.target);
    await database.run(good);
  });

  it('find nothing where all is well', async () => assert.deepEqual(await findings('select'), []));

  const broken: readonly (readonly [string, string, RegExp])[] = [
    [
      'a required key is gone',
      `delete from settings where name = 'mode'`,
      /^REQUIRED_KEY_MISSING public\.settings: no name mode$/,
    ],
    [
      'a row refers to nothing',
      without('update account set parent = 77 where id = 2'),
      /^FOREIGN_KEY_BROKEN account_parent_fkey on .*account: 1 rows/,
    ],
    [
      'a row of a partition refers to nothing',
      without('update parts set account = 77'),
      /^FOREIGN_KEY_BROKEN parts_account_fkey on .*parts: 1 rows/,
    ],
    [
      'an address is in a composite',
      `update desk set c = row('mail', 'user@example.com')`,
      /^PERSONAL_DATA_FOUND public\.desk\.c: email u\*+m$/,
    ],
    [
      'a period is not covered',
      without(`delete from tenure where at @> '2025-01-15'::date`),
      /^FOREIGN_KEY_BROKEN absence_who_at_fkey on .*absence: 1 rows/,
    ],
    [
      'a full match is half',
      without('update uses set b = null where id = 1'),
      /^FOREIGN_KEY_BROKEN uses_a_b_fkey on .*uses: 1 rows/,
    ],
    [
      'an invariant returns a row',
      `update settings set value = 'off' where name = 'mode'`,
      /^INVARIANT_BROKEN live\.sql: rows$/,
    ],
    [
      'a sequence is behind',
      'insert into account (id) values (100)',
      /^SEQUENCE_BEHIND .*account_id_seq: next value 3$/,
    ],
    ['a falling sequence is behind', 'insert into falling values (-50)', /^SEQUENCE_BEHIND .*down: next value -2$/],
    [
      'an index is not valid',
      `update pg_index set indisvalid = false where indexrelid = 'pairs_pkey'::regclass`,
      /^INDEX_UNFINISHED public\.pairs_pkey/,
    ],
    [
      'a constraint was not checked',
      'alter table pairs add constraint positive check (a > 0) not valid',
      /^CONSTRAINT_UNVALIDATED positive on .*pairs/,
    ],
    [
      'an address is where none belongs',
      `update settings set value = 'ask user@example.com' where name = 'region'`,
      /^PERSONAL_DATA_FOUND public\.settings\.value: email u\*+m$/,
    ],
    [
      'a card is in JSON',
      `update uses set note = '{"n": ["4111 1111 1111 1111"]}' where id = 1`,
      /^PERSONAL_DATA_FOUND public\.uses\.note: payment card 4\*+1$/,
    ],
    [
      'an IBAN is in a column',
      `update uses set code = 'GB82 WEST 1234 5698 7654 32' where id = 1`,
      /^PERSONAL_DATA_FOUND public\.uses\.code: IBAN G\*+2$/,
    ],
  ];
  for (const [what, change, finding] of broken) {
    it(`find that ${what}`, async () => {
      const found = await findings(change);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', finding);
    });
  }

  it('find that the column of required keys is gone', async () => {
    const required = [{ schema: 'public', table: 'settings', column: 'key', keys: ['mode'] }];
    assert.deepEqual(await findings('select', { required }), ['REQUIRED_KEY_MISSING public.settings: no column key']);
  });

  const unreadable = [
    ['SQL that does not run', 'select from nothing_here'],
    ['two statements', 'select where false; select where false'],
    ['a statement that is no query', 'delete from settings'],
    ['no statement', '-- nothing'],
    ['a text that is no SQL', 'selekt'],
  ] as const;
  for (const [what, sql] of unreadable) {
    it(`are inconclusive with an invariant of ${what}, and the others are still looked at`, async () => {
      const both = [
        { file: 'bad.sql', sql },
        { file: 'broken.sql', sql: 'select from settings' },
      ];
      const codes = (await findings('select', { invariants: both })).map((line) => line.split(':')[0]);
      assert.deepEqual(codes, ['INVARIANT_UNREADABLE bad.sql', 'INVARIANT_BROKEN broken.sql']);
    });
  }

  it('refuse a list of personal data that names what is not there', async () => {
    const found = await findings('select', { pii: { patterns: [], declared: ['public.account.mail'] } });
    assert.deepEqual(found, ['PERSONAL_DATA_LIST public.account.mail: no such column']);
  });

  it('warn where the policy says so, and only there', async () => {
    const change = `alter table pairs add constraint positive check (a > 0) not valid; delete from settings where name = 'mode'`;
    const snapshot = await database.changed(change);
    try {
      const found = await verify(snapshot, { ...checks, policy: ['CONSTRAINT_UNVALIDATED', 'REQUIRED_KEY_MISSING'] });
      assert.deepEqual(
        found.map(({ code, severity }) => [code, severity]),
        [
          ['REQUIRED_KEY_MISSING', 'BLOCKER'],
          ['CONSTRAINT_UNVALIDATED', 'WARNING'],
        ],
      );
    } finally {
      await snapshot.close();
    }
  });

  it('read invariants from a directory in the order of their names, and refuse one that is not there', async () => {
    const folder = await temporaryFolder();
    try {
      const directory = join(folder.path, 'invariants');
      await mkdir(directory);
      for (const file of ['b.sql', 'a.sql', 'notes.md']) await writeFile(join(directory, file), 'select where false');
      assert.deepEqual(
        (await readInvariants(directory)).map(({ file }) => file),
        ['a.sql', 'b.sql'],
      );
      await assert.rejects(readInvariants(join(folder.path, 'none')), (error) => {
        return error instanceof GateError && error.findings[0]?.code === 'INVARIANT_UNREADABLE';
      });
    } finally {
      await folder.remove();
    }
  });

  async function findings(change: string, more: Partial<DatabaseChecks> = {}): Promise<readonly string[]> {
    const snapshot = await database.changed(change);
    try {
      return (await verify(snapshot, { ...checks, ...more })).map(
        ({ code, about, found }) => `${code} ${about}: ${found}`,
      );
    } finally {
      await snapshot.close();
    }
  }
});

describe('counts of two databases', () => {
  it('are equal or not when exact, near or not when estimated, and unknown without statistics', async () => {
    const database = await verifyDatabase(majors.target);
    await database.run('create table t (id int primary key); insert into t select generate_series(1, 1000)');
    const read = async (mode: 'fast' | 'exact') => {
      const snapshot = await database.snapshot();
      const [client] = snapshot.sessions;
      assert.ok(client);
      const counts = await countRows(client, await readTableShapes(client), mode);
      await snapshot.close();
      return counts;
    };
    const codes = (...sides: Parameters<typeof compareCounts>) => compareCounts(...sides).map(({ code }) => code);
    const exact = await read('exact');
    assert.deepEqual([...exact], [['public.t', 1000n]]);
    assert.deepEqual(codes(exact, new Map([['public.t', 999n]]), 'exact'), ['COUNTS_DIFFER']);
    assert.deepEqual(codes(exact, exact, 'exact'), []);
    assert.deepEqual(codes(exact, new Map(), 'exact'), ['TABLE_SHAPE']);
    const unknown = await read('fast');
    assert.deepEqual(codes(unknown, exact, 'fast'), ['COUNT_UNKNOWN']);
    await database.run('analyze t');
    const estimated = await read('fast');
    assert.deepEqual(codes(estimated, new Map([['public.t', 1010n]]), 'fast'), []);
    assert.deepEqual(codes(estimated, new Map([['public.t', 900n]]), 'fast'), ['COUNTS_DIFFER']);
  });
});

/** A change with the constraints' triggers off, as a load makes it. */
function without(change: string): string {
  return `set local session_replication_role = replica; ${change}; set local session_replication_role = origin`;
}
