import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { type Catalog, readCatalog } from '../../../gates/catalog/catalog.ts';
import { compareCatalogs, differenceLine } from '../../../gates/catalog/compare.ts';
import { type DeskServer, query, startDeskServer } from '../../stacks/app/desk-database.ts';

const scope = { withoutSchemas: ['ledger'], withoutRelations: ['public.history'] };
const base = `
create schema ledger; create table ledger.attempt (id int);
create table history (id serial, name text);
create type mood as enum ('calm', 'busy');
create domain cents as bigint check (value >= 0);
create table accounts (id bigint generated always as identity primary key, name text not null default 'x', mood mood, owed cents);
create table orders (id bigserial primary key, account bigint references accounts (id), at timestamptz not null, note text collate "C",
  constraint orders_note_short check (length(note) < 10));
create index orders_at on orders (at) where note is not null;
create table parts (at date) partition by range (at);
create table parts_2025 partition of parts for values from ('2025-01-01') to ('2026-01-01');
create view open_orders as select id from orders where note is null;
create materialized view totals as select count(*) as n from orders;
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create aggregate longest(text) (sfunc = textcat, stype = text);
create trigger touch before update on orders for each row execute function touch();
create rule no_delete as on delete to accounts do instead nothing;
alter table accounts enable row level security;
create policy own on accounts for select to app using (name = current_user);
create statistics orders_both on at, account from orders;
grant select, insert on orders to app;
grant update (note) on orders to app;
`;

/** A change of one thing, and the only line that it leads to. */
const changes: readonly (readonly [string, RegExp])[] = [
  ['create schema extra', /^grant extra to postgres: not expected$|^schema extra: not expected$/],
  [
    'drop materialized view totals',
    /^grant public\.totals to postgres: missing$|^index|^view public\.totals: missing$/,
  ],
  [
    'alter table orders alter at drop not null',
    /^column public\.orders\.at: timestamp with time zone instead of .* not null$/,
  ],
  [
    `alter table accounts alter name set default 'y'`,
    /^column public\.accounts\.name: .*'y'::text instead of .*'x'::text$/,
  ],
  [
    'alter table accounts alter id type integer',
    /^column public\.accounts\.id: integer|^sequence public\.accounts_id_seq: /,
  ],
  ['alter table orders drop constraint orders_note_short', /^constraint orders_note_short on public\.orders: missing$/],
  ['drop index orders_at', /^index public\.orders_at: missing$/],
  ['alter sequence orders_id_seq cache 5', /^sequence public\.orders_id_seq: .*cache 5.* instead of .*cache 1/],
  ['create or replace view open_orders as select id from orders', /^view public\.open_orders: /],
  [
    'create or replace function touch() returns trigger language plpgsql as $$ begin return old; end $$',
    /^function public\.touch\(\): /,
  ],
  ['alter table orders disable trigger touch', /^trigger touch on public\.orders: .*\(D\) instead of/],
  ['drop rule no_delete on accounts', /^rule no_delete on public\.accounts: missing$/],
  ['alter policy own on accounts using (true)', /^policy own on public\.accounts: /],
  ['alter table accounts force row level security', /^table public\.accounts: .*forced row security/],
  [`alter type mood add value 'late'`, /^type public\.mood: .*'late'\)/],
  ['alter domain cents set not null', /^type public\.cents: domain bigint not null/],
  ['revoke insert on orders from app', /^grant public\.orders to app: SELECT instead of INSERT, SELECT$/],
  ['revoke update (note) on orders from app', /^grant public\.orders\.note to app: missing$/],
  [
    'alter default privileges grant select on tables to app',
    /^default privilege tables of postgres to (app|postgres): not expected$/,
  ],
  ['drop statistics orders_both', /^statistics public\.orders_both: missing$/],
  [
    "create table parts_2026 partition of parts for values from ('2026-01-01') to ('2027-01-01')",
    /^table public\.parts_2026: not expected$/,
  ],
  ['alter table orders set unlogged', /^(table|sequence) public\.orders/],
  ['create extension pg_trgm', /^extension pg_trgm: not expected$/],
  ['create table ledger.more (id int); alter table history add column at timestamptz', /nothing/],
];

describe('the catalog of a database', () => {
  let server: DeskServer;
  before(async () => {
    server = await startDeskServer();
  });
  after(() => server.stop());

  async function read(url: string): Promise<Catalog> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await readCatalog(client, scope);
    } finally {
      await client.end();
    }
  }

  it('is the same for the same objects made in another order', async () => {
    const [a, b] = [await server.create('order_a'), await server.create('order_b')];
    await query(a.admin, 'create table t (a int, b text); create table u (c int); grant select, update on t to app');
    await query(b.admin, 'create table u (c int); create table t (b text, a int); grant update, select on t to app');
    assert.deepEqual(compareCatalogs(await read(a.admin), await read(b.admin)), []);
  });

  it('names each object that differs, and nothing else', async () => {
    const { admin } = await server.create('changes');
    const maintenance = await server.create('maintenance');
    await query(admin, base);
    const before = await read(admin);
    assert.deepEqual(
      [...before.keys()].filter((object) => /ledger|history/.test(object)),
      [],
    );
    const wrong: string[] = [];
    for (const [index, [change, expected]] of changes.entries()) {
      const name = `change_${index}`;
      await query(maintenance.admin, `create database ${name} template changes`);
      const other = admin.replace(/changes$/, name);
      await query(other, change);
      const lines = compareCatalogs(await read(other), before).map(differenceLine);
      if (expected.source === 'nothing') assert.deepEqual(lines, [], change);
      else if (lines.length === 0 || !lines.every((line) => expected.test(line))) wrong.push(change, ...lines);
    }
    assert.deepEqual(wrong, []);
  });
});
