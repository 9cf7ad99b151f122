-- No case was opened before its event was received.
select c.id from cases c join events e on e.id = c.event_id where c.opened_at < e.received_at;
