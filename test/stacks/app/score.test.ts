import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type ScoreFacts, scoreEvent } from '../../../stacks/app/worker/score.ts';

const LOGIN: ScoreFacts = { kind: 'login', amountCents: 0, eventsInHour: 0, onHold: false };

describe('the score of an event', () => {
  const rows: readonly [string, Partial<ScoreFacts>, number, readonly string[]][] = [
    ['a plain login is next to nothing', {}, 5, []],
    ['a big payment counts', { kind: 'payment', amountCents: 100_000 }, 40, ['amount of 1,000.00 or more']],
    ['one cent less does not', { kind: 'payment', amountCents: 99_999 }, 15, []],
    ['a payout is money going out', { kind: 'payout' }, 30, ['money going out']],
    [
      'a very big payout is for a hold',
      { kind: 'payout', amountCents: 2_000_000 },
      90,
      ['amount of 20,000.00 or more', 'money going out'],
    ],
    ['a busy hour counts', { eventsInHour: 5 }, 25, ['5 events in the hour before']],
    ['a hold counts', { onHold: true }, 35, ['subject is on hold']],
  ];
  for (const [name, facts, score, reasons] of rows) {
    it(name, () => assert.deepEqual(scoreEvent({ ...LOGIN, ...facts }), { score, reasons }));
  }

  it('never passes 100', () => {
    const worst: ScoreFacts = { kind: 'payout', amountCents: 9_000_000, eventsInHour: 9, onHold: true };
    assert.equal(scoreEvent(worst).score, 100);
  });
});
