import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { seed } from '../../../gates/rehearse/seed/seed.ts';
import { type DeskServer, query, startDeskServer } from '../../stacks/app/desk-database.ts';

describe('the seed of a shadow', () => {
  let server: DeskServer;
  before(async () => {
    server = await startDeskServer();
  });
  after(() => server.stop());

  async function seeded(name: string, schema: string) {
    const { admin } = await server.create(name);
    await query(admin, schema);
    const client = new Client({ connectionString: admin });
    await client.connect();
    try {
      return { admin, notSeeded: await seed(client, [], ['public.history']) };
    } finally {
      await client.end();
    }
  }

  it('puts long text, duplicates and NULLs where a table takes them', async () => {
    const { admin, notSeeded } = await seeded(
      'plain',
      `create table history (id int); create table t (id serial primary key, a text, b int not null, c varchar(5), d timestamptz, e jsonb, f uuid, g text[])`,
    );
    assert.deepEqual(notSeeded, []);
    const [found] = await query<Record<string, number>>(
      admin,
      `select count(*)::int as rows, max(length(a))::int as longest, count(*) filter (where a is null)::int as nulls,
        (count(a) - count(distinct a))::int as same, (select count(*)::int from history) as history from t`,
    );
    assert.deepEqual(found, { rows: 3, longest: 3000, nulls: 1, same: 1, history: 0 });
  });

  it('keeps to enums, domains, checks, unique and foreign keys, and says which table it could not fill', async () => {
    const { admin, notSeeded } = await seeded(
      'strict',
      `create type mood as enum ('calm', 'busy');
      create domain percent as int check (value between 0 and 100);
      create table events (id bigint generated always as identity primary key, kind text not null check (kind in ('login', 'payout')),
        reference text not null unique, score smallint check (score between 0 and 100), scored_at timestamptz, mood mood not null,
        share percent not null, constraint together check ((score is null) = (scored_at is null)));
      create table cases (id bigint generated always as identity primary key, event_id bigint not null unique references events (id),
        status text not null default 'open' check (status in ('open', 'closed')), closed_at timestamptz,
        constraint closed_together check ((status = 'closed') = (closed_at is not null)));
      create table holds (subject text not null, case_id bigint references cases (id), released_at timestamptz);
      create unique index one_active on holds (subject) where released_at is null;
      create table parts (at date not null) partition by range (at);
      create table impossible (n int not null check (n > 7 and n < 7));`,
    );
    assert.deepEqual(
      notSeeded.map(({ table }) => table),
      ['public.impossible', 'public.parts'],
    );
    const [found] = await query(
      admin,
      `select (select count(*) > 1 from events) as events, (select count(*) > 1 from cases) as cases,
        (select count(*) > 1 from holds) as holds, (select count(*) > count(score) from events) as unscored`,
    );
    assert.deepEqual(found, { events: true, cases: true, holds: true, unscored: true });
  });
});
