-- atlas:txtar

-- checks.sql --
select true;
-- migration.sql --
alter table events add note text;
