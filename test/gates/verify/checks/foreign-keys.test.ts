import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { foreignKeys } from '../../../../gates/verify/checks/foreign-keys.ts';
import { unfinished } from '../../../../gates/verify/checks/unfinished.ts';
import { firstSession } from '../../../../gates/verify/snapshot.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify-servers.ts';

/** A type of its own, of which nothing is in pg_catalog and nothing is cast by itself. */
const own = `
create type half as (a int);
create function same(half, half) returns bool language sql immutable as 'select ($1).a / 2 = ($2).a / 2';
create function before(half, half) returns bool language sql immutable as 'select ($1).a / 2 < ($2).a / 2';
create function order_of(half, half) returns int language sql immutable as 'select sign(($1).a / 2 - ($2).a / 2)::int';
create schema "own schema";
create operator "own schema".= (leftarg = half, rightarg = half, function = same, merges, commutator = operator("own schema".=));
create operator "own schema".< (leftarg = half, rightarg = half, function = before);
create operator "own schema".> (leftarg = half, rightarg = half, function = before);
create operator class halves default for type half using btree as operator 1 "own schema".<, operator 3 "own schema".=, function 1 order_of(half, half);
`;
/** What kind of key → tables `p (k)` and `c (k)` with equal rows as the key sees them. */
const keys: readonly (readonly [string, string])[] = [
  [
    'citext',
    `create table p (k citext primary key); create table c (k citext references p); insert into p values ('Ab'); insert into c values ('aB')`,
  ],
  [
    'a domain of citext',
    `create domain code as citext; create table p (k code primary key); create table c (k code references p);
     insert into p values ('Ab'); insert into c values ('aB')`,
  ],
  [
    'a type with operators outside of the search path',
    `${own} create table p (k half primary key); create table c (k half references p); insert into p values (row(4)); insert into c values (row(5))`,
  ],
  [
    'another collation on either side',
    `create table p (k text collate "C" primary key); create table c (k text collate "en-x-icu" references p);
     insert into p values ('a'); insert into c values ('a')`,
  ],
  [
    'a collation for which other characters are equal',
    `create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
     create table p (k text collate loose primary key); create table c (k text collate loose references p);
     insert into p values ('Ab'); insert into c values ('aB')`,
  ],
  [
    'char(n) of two lengths',
    `create table p (k char(5) primary key); create table c (k char(9) references p); insert into p values ('ab'); insert into c values ('ab')`,
  ],
  [
    'varchar and text',
    `create table p (k varchar primary key); create table c (k text references p); insert into p values ('ab'); insert into c values ('ab')`,
  ],
  [
    'integers of two widths',
    `create table p (k int8 primary key); create table c (k int2 references p); insert into p values (1); insert into c values (1)`,
  ],
  [
    'numeric and integer',
    `create table p (k numeric primary key); create table c (k int references p); insert into p values (1.0); insert into c values (1)`,
  ],
  [
    'arrays and an enum',
    `create type mood as enum ('calm'); create table p (k mood[], m mood, primary key (k, m));
     create table c (k mood[], m mood, foreign key (k, m) references p);
     insert into p values ('{calm}', 'calm'); insert into c values ('{calm}', 'calm')`,
  ],
];

for (const major of [majors.source, majors.target]) {
  describe(`foreign keys on PostgreSQL ${major}`, () => {
    let database: VerifyDatabase;

    before(async () => {
      database = await verifyDatabase(major);
      await database.run('create extension citext; create extension btree_gist');
    });

    for (const [kind, tables] of keys) {
      it(`of ${kind} hold as the server has them, and are broken where the row is gone`, async () => {
        assert.deepEqual(await broken(tables), []);
        const gone = await broken(`${tables}; set local session_replication_role = replica; delete from p`);
        assert.equal(gone.length, 1, gone.join());
        assert.match(gone[0] ?? '', /^FOREIGN_KEY_BROKEN c_.*fkey on public\.c: 1 rows without theirs$/);
      });
    }

    if (major === majors.target) {
      it('with a period are compared by the operators of the other columns', async () => {
        const tables = `create type mood as enum ('calm');
          create table p (k mood, at daterange, primary key (k, at without overlaps));
          create table c (k mood, at daterange, foreign key (k, period at) references p (k, period at));
          insert into p values ('calm', '[2025-01-01,2025-02-01)'), ('calm', '[2025-02-01,2025-03-01)');
          insert into c values ('calm', '[2025-01-15,2025-02-15)')`;
        assert.deepEqual(await broken(tables), []);
        const gone = `${tables}; set local session_replication_role = replica; delete from p where at @> '2025-01-20'::date`;
        assert.equal((await broken(gone)).length, 1);
      });

      it('and checks that are not enforced promise nothing', async () => {
        const tables = `create table p (k int primary key);
          create table c (k int constraint loose_key references p not enforced, n int constraint loose_check check (n > 0) not enforced);
          insert into c values (1, -1)`;
        assert.deepEqual(await broken(tables), []);
        const enforced = `${tables}; alter table c add constraint held check (k > 1) not valid`;
        assert.deepEqual(await broken(enforced), ['CONSTRAINT_UNVALIDATED held on public.c: not validated']);
      });
    }

    async function broken(sql: string): Promise<readonly string[]> {
      const snapshot = await database.changed(sql);
      try {
        const client = firstSession(snapshot);
        const findings = [...(await foreignKeys(client)), ...(await unfinished(client))];
        return findings.map(({ code, about, found }) => `${code} ${about}: ${found}`);
      } finally {
        await snapshot.close();
      }
    }
  });
}
