-- Up Migration
create table holds (
  id bigint generated always as identity primary key,
  subject text not null,
  reason text not null,
  case_id bigint references cases (id),
  placed_at timestamptz not null default now(),
  released_at timestamptz
);
create unique index holds_one_active_a_subject on holds (subject) where released_at is null;

-- Down Migration
drop table holds;
