create index events_subject on events (subject);
