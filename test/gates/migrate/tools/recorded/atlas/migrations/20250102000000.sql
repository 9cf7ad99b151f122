-- atlas:txmode none

create index concurrently events_id on events (id);
