import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { Client, type QueryConfig } from 'pg';
import { openTracer, type Tracer } from '../../../../gates/rehearse/trace/tracer.ts';
import { type DeskServer, query, startDeskServer } from '../../../stacks/app/desk-database.ts';

interface Expected {
  readonly locks?: readonly string[];
  readonly rewritten?: readonly string[];
  readonly indexed?: readonly string[];
  readonly scanned?: readonly string[];
  readonly changed?: readonly (readonly [string, number])[];
}

const strength = [
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

/** A statement, and what it does to `t` (with column a, b, c, d), `u` and the partitions of `p`. */
const hazards: readonly (readonly [string, Expected])[] = [
  ['alter table t add column x int', { locks: ['t AccessExclusiveLock'] }],
  [`alter table t add column x int default 1 not null`, { locks: ['t AccessExclusiveLock'] }],
  [
    `alter table t add column x text default clock_timestamp()::text`,
    { locks: ['t AccessExclusiveLock'], rewritten: ['t'], indexed: ['t'] },
  ],
  ['alter table t alter a type bigint', { locks: ['t AccessExclusiveLock'], rewritten: ['t'], indexed: ['t'] }],
  ['alter table t alter b set not null', { locks: ['t AccessExclusiveLock'], scanned: ['t'] }],
  ['alter table t add constraint a_low check (a < 100)', { locks: ['t AccessExclusiveLock'], scanned: ['t'] }],
  ['alter table t add constraint a_low check (a < 100) not valid', { locks: ['t AccessExclusiveLock'] }],
  ['create index t_b on t (b)', { locks: ['t ShareLock'], indexed: ['t'], scanned: ['t'] }],
  ['create index concurrently t_b on t (b)', { locks: ['t ShareUpdateExclusiveLock'], indexed: ['t'] }],
  ['drop index t_d', { locks: ['t AccessExclusiveLock'] }],
  ['drop index concurrently t_d', { locks: ['t ShareUpdateExclusiveLock'] }],
  [
    'alter table u add foreign key (a) references t (a)',
    { locks: ['t ShareRowExclusiveLock', 'u ShareRowExclusiveLock'] },
  ],
  ['update t set b = 1', { scanned: ['t'], changed: [['t', 3]] }],
  ['lock table t', { locks: ['t AccessExclusiveLock'] }],
  ['truncate u', { locks: ['u AccessExclusiveLock'], rewritten: ['u'] }],
  ['vacuum full t', { locks: ['t AccessExclusiveLock'], rewritten: ['t'], indexed: ['t'] }],
  ['cluster t using t_pkey', { locks: ['t AccessExclusiveLock'], rewritten: ['t'], indexed: ['t'] }],
  ['alter table t set unlogged', { locks: ['t AccessExclusiveLock'], rewritten: ['t'], indexed: ['t'] }],
  ['refresh materialized view m', { locks: ['m AccessExclusiveLock'], rewritten: ['m'], changed: [['m', 1]] }],
  ['create trigger x before update on t for each row execute function noop()', { locks: ['t ShareRowExclusiveLock'] }],
  ['do $$ begin alter table t alter b set not null; end $$', { locks: ['t AccessExclusiveLock'], scanned: ['t'] }],
  [
    `do $$ begin execute 'alter table ' || quote_ident('t') || ' alter a type bigint'; end $$`,
    { locks: ['t AccessExclusiveLock'], rewritten: ['t'], indexed: ['t'] },
  ],
  ['do $$ begin alter table t add column y int; commit; end $$', { locks: ['t AccessExclusiveLock'] }],
];

describe('the tracer of migrations', () => {
  let server: DeskServer;
  let admin: string;
  let tracer: Tracer;
  let client: Client;
  let count = 0;
  const names = new Map<number, string>();

  before(async () => {
    server = await startDeskServer();
    const { admin: template } = await server.create('base');
    await query(
      template,
      `create table t (a int primary key, b int, c text, d int); create index t_d on t (d); create table u (a int);
      insert into t values (1, 1, 'x', 1), (2, 2, 'y', 1), (3, 3, 'z', 1); insert into u values (1);
      create materialized view m as select * from u;
      create function noop() returns trigger language plpgsql as $$ begin return new; end $$`,
    );
  });
  after(() => server.stop());
  beforeEach(async () => {
    count += 1;
    const { admin: other } = await server.create(`other_${count}`);
    await query(other, `create database copy_${count} template base`);
    admin = other.replace(/other_\d+$/, `copy_${count}`);
    names.clear();
    for (const { oid, name } of await query<{ oid: number; name: string }>(
      admin,
      'select oid::int, relname as name from pg_class where oid >= 16384',
    ))
      names.set(oid, name);
    tracer = await openTracer(admin);
    client = new Client({ connectionString: tracer.url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await tracer.close();
  });

  const name = (oid: number) => names.get(oid) ?? 'new';
  /** The strongest lock on each table. */
  const strongest = (locks: readonly (readonly [number, string])[]) => {
    const made = [...names].filter(([, relation]) => !/^pg_|^t_|^new$/.test(relation));
    return made
      .flatMap(([oid, relation]) => {
        const modes = locks.filter(([locked]) => locked === oid).map(([, mode]) => mode);
        const mode = strength.findLast((each) => modes.includes(each));
        return mode === undefined ? [] : [`${relation} ${mode}`];
      })
      .sort();
  };
  const named = (oids: readonly number[] = []) => [...new Set(oids.map(name))].sort();

  for (const [sql, expected] of hazards) {
    it(`sees what this does: ${sql}`, async () => {
      await client.query(sql);
      const [traced, ...more] = tracer.take();
      assert.deepEqual(more, []);
      assert.ok(traced);
      assert.deepEqual(strongest(traced.locks), [...(expected.locks ?? [])].sort());
      assert.deepEqual(named(traced.rewritten), expected.rewritten ?? []);
      assert.deepEqual(named(traced.indexed), expected.indexed ?? []);
      if (expected.rewritten === undefined && expected.indexed === undefined && expected.locks?.length !== 2)
        assert.deepEqual(named(traced.scanned), expected.scanned ?? []);
      assert.deepEqual(
        traced.changed.map(([oid, rows]) => [name(oid), rows]),
        expected.changed ?? [],
      );
    });
  }

  it('keeps what a transaction holds until its end, and tells statements of one message apart', async () => {
    await client.query('begin');
    await client.query('alter table t add column x int; create index t_x on t (x); select 1');
    await client.query('commit');
    await client.query('select 2');
    const traced = tracer.take();
    assert.deepEqual(
      traced.map(({ kind }) => kind),
      ['AlterTableStmt', 'IndexStmt', 'SelectStmt', 'SelectStmt'],
    );
    assert.deepEqual(
      traced.map(({ locks }) =>
        locks
          .filter(([oid]) => name(oid) === 't')
          .map(([, mode]) => mode)
          .sort(),
      ),
      [['AccessExclusiveLock'], ['AccessExclusiveLock', 'ShareLock'], ['AccessExclusiveLock', 'ShareLock'], []],
    );
    assert.equal(traced[0]?.transaction, traced[2]?.transaction);
    assert.notEqual(traced[2]?.transaction, traced[3]?.transaction);
  });

  it('gives the tool the answers that the server gives', async () => {
    const { rows } = await client.query('select $1::int as n, repeat($2, 100000) as long', [7, 'x']);
    assert.equal(rows[0].n, 7);
    assert.equal(rows[0].long.length, 100_000);
    const results = (await client.query('select 1 as a; select 2 as b')) as unknown as { rows: unknown[] }[];
    assert.deepEqual(
      results.map(({ rows: [row] }) => row),
      [{ a: 1 }, { b: 2 }],
    );
    await assert.rejects(client.query('selec'), /syntax error/);
    await assert.rejects(client.query('insert into u values (1); select 1 / 0'), /division by zero/);
    assert.equal((await client.query('select from u')).rowCount, 1, 'the failed message left a row');
    await client.query('begin');
    await assert.rejects(client.query('select 1 / 0'));
    await assert.rejects(client.query('select 1'), /aborted/);
    await client.query('rollback');
    await assert.rejects(
      client.query('select 1; create index concurrently i on t (b)'),
      /cannot run inside|cannot be executed/,
    );
  });

  it('traces statements with parameters inside a transaction', async () => {
    await client.query('begin');
    await client.query('update t set b = $1 where a = $2', [5, 1]);
    await client.query('commit');
    const [traced] = tracer.take();
    assert.deepEqual(
      traced?.changed.map(([oid, rows]) => [name(oid), rows]),
      [['t', 1]],
    );
  });

  it('sees what statements with parameters do by themselves, and what a build outside of a transaction does', async () => {
    const send = (text: string, values: unknown[] = []) =>
      client.query({ text, values, queryMode: 'extended' } as QueryConfig);
    await send('alter table t alter a type bigint');
    await send('update t set b = $1 where a > $2', [5, 1]);
    await send('create index concurrently t_b on t (b)');
    await send('do $$ begin alter table t add column y int; commit; end $$');
    await assert.rejects(send('insert into t (a) values ($1)', [1]), /duplicate key/);
    await send('begin');
    await send('alter table t alter d set not null');
    await send('rollback');
    const traced = tracer.take().map((each) => {
      const changed = each.changed.map(([oid, rows]) => `${name(oid)} ${rows}`);
      return [each.kind, strongest(each.locks).join(), named(each.rewritten).join(), changed.join(), each.error?.code];
    });
    assert.deepEqual(traced, [
      ['AlterTableStmt', 't AccessExclusiveLock', 't', '', undefined],
      ['UpdateStmt', '', '', 't 2', undefined],
      ['IndexStmt', 't ShareUpdateExclusiveLock', '', '', undefined],
      ['DoStmt', 't AccessExclusiveLock', '', '', undefined],
      ['InsertStmt', '', '', '', '23505'],
      ['AlterTableStmt', 't AccessExclusiveLock', '', '', undefined],
    ]);
    assert.equal((await client.query('select from t where b = 5')).rowCount, 2);
  });

  it('tells the tool of a commit that fails', async () => {
    await client.query('alter table u add constraint once unique (a) deferrable initially deferred');
    const insert = { text: 'insert into u values ($1)', values: [1] };
    await assert.rejects(client.query(insert), /duplicate key/);
    assert.equal((await client.query('select from u')).rowCount, 1);
  });
});
