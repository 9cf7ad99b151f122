-- Up Migration
-- Stands for a backfill of a big table in one statement.
select pg_sleep(600);

-- Down Migration
select 1;
