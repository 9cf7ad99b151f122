import type { Pool, PoolClient } from 'pg';
import { CASE_SCORE, HOLD_SCORE, type ScoreFacts, scoreEvent } from './score.ts';

const BATCH = 20;
/** Rows another worker has taken are passed over, not waited for: no event is scored twice. */
const TAKE_EVENTS = `
  select id, subject, kind, amount_cents as "amountCents",
    (select count(*) from events as earlier
      where earlier.subject = events.subject and earlier.id <> events.id
        and earlier.occurred_at between events.occurred_at - interval '1 hour' and events.occurred_at) as "eventsInHour",
    exists (select from holds where holds.subject = events.subject and released_at is null) as "onHold"
  from events where scored_at is null order by id limit $1 for update of events skip locked`;
const WRITE_SCORE = 'update events set risk_score = $2, scored_at = now(), score_reasons = $3 where id = $1';
const OPEN_CASE = 'insert into cases (event_id, priority) values ($1, $2) returning id';
const PLACE_HOLD = `
  insert into holds (subject, reason, case_id) values ($1, $2, $3)
  on conflict (subject) where released_at is null do nothing`;

interface TakenEvent extends ScoreFacts {
  readonly id: number;
  readonly subject: string;
}

/** Scores up to a batch of new events in one transaction, all or none; gives how many there were. */
export async function takeEvents(database: Pool): Promise<number> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const { rows } = await client.query<TakenEvent>(TAKE_EVENTS, [BATCH]);
    for (const event of rows) await judgeEvent(client, event);
    await client.query('commit');
    return rows.length;
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

async function judgeEvent(client: PoolClient, event: TakenEvent): Promise<void> {
  const { score, reasons } = scoreEvent(event);
  await client.query(WRITE_SCORE, [event.id, score, reasons]);
  if (score < CASE_SCORE) return;
  const urgent = score >= HOLD_SCORE;
  const { rows } = await client.query<{ id: number }>(OPEN_CASE, [event.id, urgent ? 'urgent' : 'normal']);
  if (urgent) await client.query(PLACE_HOLD, [event.subject, `score of ${score}`, rows[0]?.id]);
}
