drop index events_id;
