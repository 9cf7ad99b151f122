-- Up Migration
create table cases (
  id bigint generated always as identity primary key,
  event_id bigint not null unique references events (id),
  status text not null default 'open' check (status in ('open', 'waiting', 'closed')),
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  resolution text,
  constraint cases_closed_together check ((status = 'closed') = (closed_at is not null))
);

-- Down Migration
drop table cases;
