import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { observed } from '../../../gates/rehearse/observed.ts';
import { ruleAndTrace } from '../../../gates/rehearse/rule-and-trace.ts';
import { openTracer } from '../../../gates/rehearse/trace/tracer.ts';
import { type DeskServer, query, startDeskServer } from '../../stacks/app/desk-database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { findingsFor } from '../lint/rules-for.ts';

const setup = `create table t (a int primary key, b varchar(20), c int, d int check (d is not null));
  insert into t select n, 'x', n, n from generate_series(1, 50) n; create table u (a int); insert into u values (1)`;

/** A migration, and where rule and trace do not say the same of it: rule, what it says, what the trace saw. */
const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ['a rewrite that happens', 'alter table t alter column c type bigint', []],
  [
    'a type that only gets wider, which needs no rewrite',
    'alter table t alter column b type text',
    [
      't changing-column-type: AccessExclusiveLock and a rewrite | AccessExclusiveLock, no rewrite, index build or scan',
    ],
  ],
  [
    'a not null that a constraint has proven, which needs no scan',
    'alter table t alter column d set not null',
    [
      't adding-not-nullable-field: AccessExclusiveLock and a scan | AccessExclusiveLock, no rewrite, index build or scan',
    ],
  ],
  ['a not null that needs its scan', 'alter table t alter column c set not null', []],
  ['an index that locks writers out', 'create index on t (c)', []],
  ['a constraint that is checked at once', 'alter table t add constraint k check (c > 0)', []],
  ['a foreign key that is checked at once', 'alter table t add foreign key (c) references t (a)', []],
  ['a foreign key that is not', 'alter table t add foreign key (c) references t (a) not valid', []],
  ['a column that costs nothing, which no rule names', 'alter table t add column n int default 1', []],
  [
    'a rewrite that no rule can see',
    `do $$ begin execute 'alter table ' || quote_ident('t') || ' alter column c type bigint'; end $$`,
    ['public.t null: nothing | AccessExclusiveLock, index build, rewrite, scan'],
  ],
  [
    'a rewrite beside another table that a rule names',
    `create index on u (a); do $$ begin execute (select 'alter table t alter column c type bigint'); end $$`,
    ['public.t null: nothing | AccessExclusiveLock, index build, rewrite, scan'],
  ],
  ['what is done to a table that the migration makes', 'create table n (a int); create index on n (a)', []],
];

describe('rule and trace', () => {
  let server: DeskServer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let count = 0;
  before(async () => {
    server = await startDeskServer();
    folder = await temporaryFolder();
  });
  after(async () => {
    await server.stop();
    await folder.remove();
  });

  /** The migration by rules, and by what it does to a real database. */
  async function compared(sql: string) {
    const directory = join(folder.path, String(++count));
    await mkdir(directory);
    const [findings] = await findingsFor(directory, [{ name: 'm', sql, transactional: true }], writeFile);
    const hazards = (findings ?? []).map(({ rule, table }) => ({ rule, file: 'm.sql', table: table ?? null }));
    const { admin } = await server.create(`compared_${count}`);
    await query(admin, setup);
    const relations = await query<{ oid: number; name: string }>(
      admin,
      `select c.oid::int as oid, 'public.' || coalesce(t.relname, c.relname) as name from pg_class c
       left join pg_index i on i.indexrelid = c.oid left join pg_class t on t.oid = i.indrelid where c.oid >= 16384`,
    );
    const tracer = await openTracer(admin);
    const client = new Client({ connectionString: tracer.url });
    try {
      await client.connect();
      await client.query(sql);
      const saw = observed(tracer.take(), new Map(relations.map(({ oid, name }) => [oid, name])));
      const run = { code: 0, output: [], ms: 1 };
      return ruleAndTrace([{ name: 'm', run, observed: saw }], hazards, () => ['m.sql']);
    } finally {
      await client.end();
      await tracer.close();
    }
  }

  for (const [name, sql, expected] of cases) {
    it(`${expected.length === 0 ? 'agree' : 'disagree'} on ${name}`, async () => {
      const all = await compared(sql);
      const lines = all.flatMap(({ agree, table, rule, ruleSays, traceSaw }) =>
        agree ? [] : [`${table} ${rule}: ${ruleSays} | ${traceSaw}`],
      );
      assert.deepEqual(lines, expected);
    });
  }
});
