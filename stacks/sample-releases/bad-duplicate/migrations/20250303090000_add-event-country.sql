-- Up Migration
alter table events add column country text;

-- Down Migration
alter table events drop column country;
