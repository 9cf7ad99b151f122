-- Up Migration
alter table events add column channel text;

-- Down Migration
alter table events drop column channel;
