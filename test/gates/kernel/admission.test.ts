import assert from 'node:assert/strict';
import { Settings } from 'luxon';
import { afterEach, describe, it } from 'mocha';
import { admission, type Mode } from '../../../gates/kernel/admission.ts';
import { changeSchema } from '../../../gates/kernel/change.ts';

const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const weekdays = everyDay.slice(0, 5);
const hold = { sha: 'abcdef0', placedAt: '2026-03-01 10:00:00+00' };

function codes(window: Record<string, unknown> | undefined, now: string, mode: Mode = 'forward', held = false) {
  const change = changeSchema.parse({ owner: 'release-desk', ...(window && { window }) });
  return admission(change, new Date(now), mode, held ? hold : undefined).map((finding) => finding.code);
}

const office = { timeZone: 'Europe/Berlin', days: weekdays, from: '09:00', to: '17:00' };
const night = { timeZone: 'UTC', days: ['fri'], from: '22:00', to: '06:00' };
const lateDay = { timeZone: 'UTC', days: ['fri'], from: '18:00', to: '24:00' };
const small = { timeZone: 'Europe/Berlin', days: everyDay, from: '02:00', to: '03:00' };

// 2026-03-02 is a Monday; Berlin is at +01:00 until 2026-03-29 02:00, then at +02:00 until 2026-10-25 03:00.
const table: readonly (readonly [string, Record<string, unknown>, string, 'open' | 'closed'])[] = [
  ['the first minute counts', office, '2026-03-02T08:00:00Z', 'open'],
  ['the minute before does not', office, '2026-03-02T07:59:59Z', 'closed'],
  ['the last minute counts', office, '2026-03-02T15:59:59Z', 'open'],
  ['the end does not', office, '2026-03-02T16:00:00Z', 'closed'],
  ['the zone decides, not UTC', office, '2026-03-02T16:30:00Z', 'closed'],
  ['a day that is not listed', office, '2026-03-07T10:00:00Z', 'closed'],
  ['the same hour in summer', office, '2026-06-01T07:00:00Z', 'open'],
  ['and its end in summer', office, '2026-06-01T15:00:00Z', 'closed'],
  [
    'the zone decides which day it is',
    { ...office, days: ['tue'], from: '00:00', to: '01:00' },
    '2026-03-02T23:30:00Z',
    'open',
  ],
  ['overnight, the evening', night, '2026-03-06T22:00:00Z', 'open'],
  ['overnight, after midnight it is still the day it began on', night, '2026-03-07T05:59:00Z', 'open'],
  ['overnight, the end', night, '2026-03-07T06:00:00Z', 'closed'],
  ['overnight, the morning of the day itself belongs to the day before', night, '2026-03-06T05:00:00Z', 'closed'],
  ['overnight, before it begins', night, '2026-03-06T21:59:00Z', 'closed'],
  ['until 24:00, the last minute', lateDay, '2026-03-06T23:59:59Z', 'open'],
  ['until 24:00, midnight is the next day', lateDay, '2026-03-07T00:00:00Z', 'closed'],
  ['a whole day', { ...lateDay, from: '00:00' }, '2026-03-06T00:00:00Z', 'open'],
  ['a freeze day', { ...office, freeze: ['2026-03-02'] }, '2026-03-02T10:00:00Z', 'closed'],
  ['the day after a freeze day', { ...office, freeze: ['2026-03-02'] }, '2026-03-03T10:00:00Z', 'open'],
  [
    'a freeze day is one of the zone',
    { ...small, from: '00:00', to: '24:00', freeze: ['2026-03-03'] },
    '2026-03-02T23:30:00Z',
    'closed',
  ],
  [
    'overnight into a freeze day, before midnight',
    { ...night, freeze: ['2026-03-07'] },
    '2026-03-06T23:00:00Z',
    'open',
  ],
  [
    'overnight into a freeze day, after midnight',
    { ...night, freeze: ['2026-03-07'] },
    '2026-03-07T01:00:00Z',
    'closed',
  ],
  ['overnight that began on a freeze day', { ...night, freeze: ['2026-03-06'] }, '2026-03-07T01:00:00Z', 'closed'],
  ['the hour that the clocks leave out, before it', small, '2026-03-29T00:59:00Z', 'closed'],
  ['the hour that the clocks leave out, after it', small, '2026-03-29T01:00:00Z', 'closed'],
  ['the hour that the clocks repeat, first time', small, '2026-10-25T00:30:00Z', 'open'],
  ['the hour that the clocks repeat, second time', small, '2026-10-25T01:30:00Z', 'open'],
  ['the hour that the clocks repeat, its end', small, '2026-10-25T02:00:00Z', 'closed'],
];

describe('the execution window', () => {
  afterEach(() => {
    Settings.defaultLocale = 'system';
  });

  for (const [name, window, now, expected] of table) {
    it(`is ${expected}: ${name}`, () => {
      assert.deepEqual(codes(window, now), expected === 'open' ? [] : ['OUTSIDE_WINDOW']);
    });
  }

  it('is open at any time when there is none', () => assert.deepEqual(codes(undefined, '2026-03-07T03:00:00Z'), []));

  it('does not depend on the digits of the language that the machine speaks', () => {
    Settings.defaultLocale = 'ar-EG';
    assert.deepEqual(codes(office, '2026-03-02T10:00:00Z'), []);
    assert.deepEqual(codes(office, '2026-03-02T20:00:00Z'), ['OUTSIDE_WINDOW']);
  });

  it('says what time it is there and when it opens', () => {
    const change = changeSchema.parse({ owner: 'release-desk', window: office });
    const [finding] = admission(change, new Date('2026-03-07T10:00:00Z'), 'forward', undefined);
    assert.equal(finding?.found, 'Sat 2026-03-07 11:00 Europe/Berlin');
    assert.equal(finding?.needed, 'mon, tue, wed, thu, fri 09:00–17:00 Europe/Berlin');
  });

  for (const bad of [
    { ...office, timeZone: 'Mars/Olympus' },
    { ...office, days: [] },
    { ...office, from: '24:00' },
    { ...office, to: '24:01' },
    { ...office, from: '9:00' },
    { ...office, freeze: ['2026-02-30'] },
  ]) {
    it(`is refused as configuration: ${JSON.stringify(bad)}`, () =>
      assert.throws(() => codes(bad, '2026-03-02T10:00:00Z')));
  }
});

describe('admission', () => {
  for (const owner of ['', '   ']) {
    it(`asks for an owner, "${owner}" is none`, () => {
      const [finding] = admission({ owner }, new Date(), 'first', undefined);
      assert.equal(finding?.code, 'OWNER_MISSING');
    });
  }

  for (const [mode, barred] of [
    ['first', false],
    ['forward', true],
    ['rollback', false],
    ['steady', false],
  ] as const) {
    it(`${barred ? 'bars' : 'lets through'} ${mode} while promotion is on hold`, () => {
      assert.deepEqual(codes(undefined, '2026-03-02T10:00:00Z', mode, true), barred ? ['PROMOTION_ON_HOLD'] : []);
      assert.deepEqual(codes(undefined, '2026-03-02T10:00:00Z', mode, false), []);
    });
  }

  it('reports everything that bars a change at once', () => {
    const change = changeSchema.parse({ window: office });
    const found = admission(change, new Date('2026-03-07T10:00:00Z'), 'forward', hold).map((finding) => finding.code);
    assert.deepEqual(found, ['OWNER_MISSING', 'OUTSIDE_WINDOW', 'PROMOTION_ON_HOLD']);
  });
});
