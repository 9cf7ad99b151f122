-- Up Migration
alter table events add column channel text not null default 'unknown' check (channel in ('app', 'web', 'partner', 'unknown'));

-- Down Migration
alter table events drop column channel;
