-- Up Migration
create table channels (name text primary key);
-- Fails: the events that are there have no channel yet. Everything pending goes back with it.
alter table events alter column channel set not null;

-- Down Migration
alter table events alter column channel drop not null;
drop table channels;
