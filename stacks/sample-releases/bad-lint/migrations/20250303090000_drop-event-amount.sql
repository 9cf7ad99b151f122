-- Up Migration
-- Destroys what the release that serves still reads, and keeps writers out of events while the index is built.
alter table events drop column amount_cents;
create index events_kind on events (kind);

-- Down Migration
drop index events_kind;
alter table events add column amount_cents bigint not null default 0;
