import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { hasCapturingGroup } from '../../../../gates/verify/pii/capturing-group.ts';
import { holdsText } from '../../../../gates/verify/pii/holds-text.ts';
import { findIban, iban } from '../../../../gates/verify/pii/iban.ts';
import { mask } from '../../../../gates/verify/pii/patterns.ts';
import { card, findCard, luhn } from '../../../../gates/verify/pii/payment-card.ts';

const plain = '4111111111111111';
const spaced = '4111 1111 1111 1111';

describe('a payment card', () => {
  it('is known by its sum', () => {
    assert.deepEqual(['4111-1111-1111-1111', '4111111111111112', '0000000000000000', '411111'].map(luhn), [
      true,
      false,
      false,
      false,
    ]);
  });

  it('is known by its network too: a number that is a date is none, whatever its sum', () => {
    assert.equal(luhn('20250210110000'), true);
    const numbers = [
      '20250210110000',
      '4111-1111-1111-1111',
      '378282246310005',
      '2223003122003222',
      '9999999999999995',
    ];
    assert.deepEqual(numbers.map(card), [false, true, true, true, false]);
  });

  const beside: readonly (readonly [string, string])[] = [
    [`${plain} 12`, plain],
    [`${plain} 123`, plain],
    [`17 ${plain}`, plain],
    [`12 34 56 78 90 12 34 ${plain}`, plain],
    [`12 34 56 78 90 12 34 ${spaced} 12 34 56 78`, spaced],
    [`-${plain}`, plain],
    [`${spaced}-`, spaced],
    ['1 3782 822463 10005 12', '3782 822463 10005'],
    ['41111111 11111111', '41111111 11111111'],
    [`+49 170 ${plain}`, plain],
  ];
  for (const [run, found] of beside) {
    it(`is found in ${run}, and nothing else with it`, () => assert.equal(findCard(run), found));
  }

  it('is none of the dates, counters, telephone numbers, fractions and UUIDs that have a right sum', () => {
    const others = [
      '2024-01-15 10',
      '12 34 56 78 90 12 34 56 78 90 12 34 56 78 90 12 34 56 78 90',
      '6 62 812 3456 7808 12 34 56 78 90',
      `+${plain}`,
      `0.${plain}`,
      '41111111-1111-1111-',
      '1 41111111 11111111 2',
      `${plain}1111`,
    ];
    assert.deepEqual(others.map(findCard), Array(others.length).fill(undefined));
  });

  it('is found in time at the end of a megabyte of groups', () => {
    const since = performance.now();
    assert.equal(findCard(`${'12 34 '.repeat(170_000)}${plain}`), plain);
    assert.ok(performance.now() - since < 20_000);
  });
});

describe('an IBAN', () => {
  it('is known by its remainder, its country and the length that the country has it in', () => {
    const texts = ['GB82 WEST 1234 5698 7654 32', 'GB83 WEST 1234 5698 7654 32', 'NO9386011117947'];
    assert.deepEqual(texts.map(iban), [true, false, true]);
    assert.deepEqual(['XX94370400440532013000', 'DE89370400440532013000'].map(iban), [false, true]);
    assert.equal(iban(`DE${valid('DE', '3704004405320130')}`), false);
    assert.equal(iban(`DE${valid('DE', '370400440532013000')}`), true);
  });

  const german = 'DE89370400440532013000';
  const spacedIban = 'DE89 3704 0044 0532 0130 00';
  const beside: readonly (readonly [string, string])[] = [
    [`${german} EUR`, german],
    [`${german} TESTDEFF100`, german],
    [`${spacedIban} BIC TESTDEFF100`, spacedIban],
    [`AB12 IBAN ${spacedIban}`, spacedIban],
    [`DE88 3704 0044 0532 0130 00 ${german}`, german],
    [`${'DE89 '.repeat(200_000)}${german}`, german],
  ];
  for (const [run, found] of beside) {
    it(`is found in ${run.slice(0, 60)}, and nothing else with it`, () => assert.equal(findIban(run), found));
  }

  it('is none of what has no right sum, length or border', () => {
    const others = ['DE88370400440532013000 EUR', 'DE893704004405320130001', 'DE893704004405320130 001', 'AB12 CDEF'];
    assert.deepEqual(others.map(findIban), Array(others.length).fill(undefined));
  });
});

describe('a sample of personal data', () => {
  it('is masked', () => assert.deepEqual(['abcd', 'ab', 'a'].map(mask), ['a**d', 'a*', 'a*']));
});

describe('an expression to look for', () => {
  for (const [expression, captures] of [
    ['[0-9]{3}-(ab|cd)', true],
    ['\\\\(x)', true],
    ['[[](x)', true],
    ['[a\\]](b)', true],
    ['(?i)x(?:ab|cd)', false],
    ['(?<!a)b(?=c)', false],
    ['\\(', false],
    ['[(]', false],
    ['[]()]', false],
    ['[^]()]', false],
    ['[[:alpha:](]', false],
  ] as const) {
    it(`${expression} has ${captures ? 'a' : 'no'} group that captures`, () =>
      assert.equal(hasCapturingGroup(expression), captures));
  }
});

describe('a type', () => {
  it('holds text unless it is known to hold none', () => {
    const texts = [
      'text',
      '_name',
      '_xml',
      'tsvector',
      '_tsvector',
      'jsonpath',
      'refcursor',
      'public.pair',
      'public._pair',
    ];
    const none = ['int8', '_int8', 'uuid', 'tstzrange', '_int4multirange', 'bytea', 'regclass'];
    assert.deepEqual([...texts, ...none].map(holdsText), [...texts.map(() => true), ...none.map(() => false)]);
  });
});

/** Check digits and account, whatever its length. */
function valid(country: string, account: string): string {
  const number = `${account}${country}00`.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return `${String(98n - (BigInt(number) % 97n)).padStart(2, '0')}${account}`;
}
