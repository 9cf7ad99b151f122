-- A desk that was run for a year without migrations: its schema is what the migrations up to
-- 20250203083000_index-unscored-events give, and it has rows of its own.
create table events (
  id bigint generated always as identity primary key,
  reference text not null unique,
  kind text not null check (kind in ('login', 'listing', 'payment', 'payout')),
  subject text not null,
  amount_cents bigint not null default 0 check (amount_cents >= 0),
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  score smallint check (score between 0 and 100),
  scored_at timestamptz,
  constraint events_scored_together check ((score is null) = (scored_at is null))
);
create index events_subject_occurred_at on events (subject, occurred_at);
create index events_unscored on events (id) where scored_at is null;

create table cases (
  id bigint generated always as identity primary key,
  event_id bigint not null unique references events (id),
  status text not null default 'open' check (status in ('open', 'closed')),
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  resolution text,
  constraint cases_closed_together check ((status = 'closed') = (closed_at is not null))
);

create table holds (
  id bigint generated always as identity primary key,
  subject text not null,
  reason text not null,
  case_id bigint references cases (id),
  placed_at timestamptz not null default now(),
  released_at timestamptz
);
create unique index holds_one_active_a_subject on holds (subject) where released_at is null;

insert into events (reference, kind, subject, amount_cents, occurred_at, received_at, score, scored_at)
select 'desk-' || lpad(n::text, 4, '0'), (array['login', 'listing', 'payment', 'payout'])[1 + n % 4],
  'account-' || (5000 + n % 40), (n % 90) * 1000, timestamptz '2024-02-01 08:00:00+00' + n * interval '7 hours',
  timestamptz '2024-02-01 08:00:01+00' + n * interval '7 hours',
  case when n % 5 > 0 then n % 101 end, case when n % 5 > 0 then timestamptz '2024-02-01 08:00:02+00' + n * interval '7 hours' end
from generate_series(1, 400) as n;

insert into cases (event_id, status, opened_at, closed_at, resolution)
select id, 'closed', received_at, received_at + interval '1 day', 'invoice seen' from events where score > 90;

insert into holds (subject, reason, case_id, placed_at, released_at)
select 'account-5011', 'score of 91', min(id), timestamptz '2024-03-01 08:00:00+00', null from cases;
