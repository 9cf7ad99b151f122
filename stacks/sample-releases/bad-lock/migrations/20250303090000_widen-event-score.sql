-- Up Migration
-- Needs events alone (ACCESS EXCLUSIVE): while any transaction reads them it waits, and everybody else waits behind it.
alter table events alter column score type integer;

-- Down Migration
alter table events alter column score type smallint;
