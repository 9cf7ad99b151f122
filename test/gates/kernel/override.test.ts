import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { admission } from '../../../gates/kernel/admission.ts';
import { changeSchema } from '../../../gates/kernel/change.ts';

const window = { timeZone: 'UTC', days: ['mon'], from: '09:00', to: '17:00' };
const tuesday = new Date('2026-03-03T10:00:00Z');
const monday = new Date('2026-03-02T10:00:00Z');
const given = { reason: 'payouts fail', by: 'duty-lead', expires: '2026-03-03T12:00:00Z' };

function findings(override: object | undefined, now = tuesday, owner = 'release-desk', held = false) {
  const change = changeSchema.parse({ owner, window, ...(override && { override }) });
  const hold = held ? { sha: 'abcdef0', placedAt: '2026-03-01 10:00:00+00' } : undefined;
  return admission(change, now, 'forward', hold);
}

const table: readonly (readonly [string, ReturnType<typeof findings>, readonly string[]])[] = [
  ['without one, the window is closed', findings(undefined), ['BLOCKER OUTSIDE_WINDOW']],
  ['in force, it is a warning', findings(given), ['WARNING WINDOW_OVERRIDDEN']],
  ['inside the window it is not needed', findings(given, monday), []],
  ['expired', findings({ ...given, expires: '2026-03-03T10:00:00Z' }), ['BLOCKER OVERRIDE_EXPIRED']],
  ['for a day', findings({ ...given, expires: '2026-03-04T10:00:00Z' }), ['WARNING WINDOW_OVERRIDDEN']],
  ['for longer', findings({ ...given, expires: '2026-03-04T10:00:01Z' }), ['BLOCKER OVERRIDE_TOO_LONG']],
  [
    'it does not stand for an owner',
    findings(given, tuesday, ''),
    ['BLOCKER OWNER_MISSING', 'WARNING WINDOW_OVERRIDDEN'],
  ],
  [
    'nor against a hold',
    findings(given, tuesday, 'release-desk', true),
    ['WARNING WINDOW_OVERRIDDEN', 'BLOCKER PROMOTION_ON_HOLD'],
  ],
];

describe('an emergency override of the window', () => {
  for (const [name, found, expected] of table) {
    it(name, () =>
      assert.deepEqual(
        found.map(({ severity, code }) => `${severity} ${code}`),
        expected,
      ),
    );
  }

  it('is on record with who decided it, why, and until when', () => {
    assert.match(findings(given)[0]?.found ?? '', /overridden by duty-lead until 2026-03-03T12:00:00Z: payouts fail/);
  });

  it('needs a reason and somebody who decided it', () => {
    for (const missing of [
      { ...given, reason: ' ' },
      { ...given, by: '' },
      { ...given, expires: 'tomorrow' },
    ]) {
      assert.equal(changeSchema.safeParse({ owner: 'release-desk', override: missing }).success, false);
    }
  });
});
