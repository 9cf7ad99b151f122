-- Up Migration
-- The same small desk everywhere, so that pages and smoke assertions have something to read.
insert into events (reference, kind, subject, amount_cents, occurred_at, received_at, score, scored_at, score_reasons)
values
  ('sample-0001', 'login',   'account-1042', 0,       '2025-02-20 08:00:00+00', '2025-02-20 08:00:01+00', 5,  '2025-02-20 08:00:02+00', '{}'),
  ('sample-0002', 'listing', 'account-1042', 12900,   '2025-02-20 08:05:00+00', '2025-02-20 08:05:01+00', 10, '2025-02-20 08:05:02+00', '{}'),
  ('sample-0003', 'payment', 'account-2077', 480000,  '2025-02-20 09:10:00+00', '2025-02-20 09:10:01+00', 40, '2025-02-20 09:10:02+00', '{"amount of 1,000.00 or more"}'),
  ('sample-0004', 'payout',  'account-2077', 950000,  '2025-02-20 09:12:00+00', '2025-02-20 09:12:01+00', 65, '2025-02-20 09:12:02+00', '{"amount of 5,000.00 or more","money going out"}'),
  ('sample-0005', 'payout',  'account-3300', 2400000, '2025-02-21 02:40:00+00', '2025-02-21 02:40:01+00', 90, '2025-02-21 02:40:02+00', '{"amount of 20,000.00 or more","money going out"}'),
  ('sample-0006', 'login',   'account-4410', 0,       '2025-02-21 07:30:00+00', '2025-02-21 07:30:01+00', 5,  '2025-02-21 07:30:02+00', '{}');

insert into cases (event_id, status, priority, opened_at, closed_at, resolution)
select id, 'closed', 'normal', '2025-02-20 09:12:02+00', '2025-02-20 15:00:00+00', 'invoice seen'
from events where reference = 'sample-0004';

insert into cases (event_id, status, priority, opened_at)
select id, 'open', 'urgent', '2025-02-21 02:40:02+00'
from events where reference = 'sample-0005';

insert into holds (subject, reason, case_id, placed_at)
select events.subject, 'score of 90', cases.id, '2025-02-21 02:40:02+00'
from cases join events on events.id = cases.event_id where events.reference = 'sample-0005';

-- Down Migration
delete from holds where case_id in (
  select cases.id from cases join events on events.id = cases.event_id where events.reference like 'sample-%'
);
delete from cases where event_id in (select id from events where reference like 'sample-%');
delete from events where reference like 'sample-%';
