-- Up Migration
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

-- Down Migration
drop table events;
