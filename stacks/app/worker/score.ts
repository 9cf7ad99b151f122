/** What scoring looks at. */
export interface ScoreFacts {
  readonly kind: 'login' | 'listing' | 'payment' | 'payout';
  readonly amountCents: number;
  /** Events of the same subject in the hour before this one. */
  readonly eventsInHour: number;
  readonly onHold: boolean;
}

/** 0 (nothing to see) to 100, and why, in words for the desk. */
export interface ScoreResult {
  readonly score: number;
  readonly reasons: readonly string[];
}

/** From this score on, a person looks at the event. */
export const CASE_SCORE = 60;
/** From this score on, the case is urgent and the subject is put on hold at once. */
export const HOLD_SCORE = 85;

const KINDS = { login: 5, listing: 10, payment: 15, payout: 30 } as const;
const AMOUNTS = [
  { from: 2_000_000, points: 60, reason: 'amount of 20,000.00 or more' },
  { from: 500_000, points: 35, reason: 'amount of 5,000.00 or more' },
  { from: 100_000, points: 25, reason: 'amount of 1,000.00 or more' },
] as const;
const BUSY_HOUR = 5;

/** Scores one event. Pure: the same facts always give the same score. */
export function scoreEvent(facts: ScoreFacts): ScoreResult {
  let score: number = KINDS[facts.kind];
  const reasons: string[] = [];
  const amount = AMOUNTS.find(({ from }) => facts.amountCents >= from);
  if (amount) {
    score += amount.points;
    reasons.push(amount.reason);
  }
  if (facts.kind === 'payout') reasons.push('money going out');
  if (facts.eventsInHour >= BUSY_HOUR) {
    score += 20;
    reasons.push(`${facts.eventsInHour} events in the hour before`);
  }
  if (facts.onHold) {
    score += 30;
    reasons.push('subject is on hold');
  }
  return { score: Math.min(score, 100), reasons };
}
