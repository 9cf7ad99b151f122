import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Receipt, receiptProblems, receiptSchema } from '../../../gates/kernel/receipt.ts';
import { releaseDigest } from '../../../gates/kernel/release.ts';
import { receiptFor, sampleRelease } from '../sample-release.ts';

const release = sampleRelease();
const preflight = receiptFor(release, 'preflight', { mode: 'forward', images: { api: 'one' } });
const guard = receiptFor(release, 'guard');
const other = receiptFor(sampleRelease({ sha: 'abcdef0' }), 'guard');

const altered: Record<string, Receipt> = {
  'another release': { ...guard, release: 'f'.repeat(64) },
  'other data': { ...preflight, data: { mode: 'first' } },
  'another attempt': { ...guard, attempt: 2 },
  'another sha': { ...guard, sha: 'abcdef0' },
  'other evidence': { ...guard, evidence: 'other' },
  'another subject': { ...guard, subject: 'other' },
  'another gate': { ...preflight, gate: 'guard' },
  'another digest': { ...guard, digest: 'f'.repeat(64) },
};

function problems(needs: readonly string[], given: readonly Receipt[]) {
  return receiptProblems(needs, given, releaseDigest(release));
}

describe('receipts', () => {
  it('cover what a gate needs when each is there, unaltered and for this release', () => {
    assert.deepEqual(problems(['preflight', 'guard'], [guard, preflight]), []);
    assert.deepEqual(problems([], []), []);
  });

  it('that went through JSON with their keys in another order are the same receipts', () => {
    const reversed = Object.fromEntries(Object.entries(preflight).reverse());
    assert.deepEqual(problems(['preflight'], [receiptSchema.parse(JSON.parse(JSON.stringify(reversed)))]), []);
  });

  it('that are missing are each named', () => {
    const found = problems(['preflight', 'guard', 'smoke'], [guard]);
    assert.deepEqual(
      found.map(({ code, about }) => [code, about]),
      [
        ['RECEIPT_MISSING', 'preflight'],
        ['RECEIPT_MISSING', 'smoke'],
      ],
    );
  });

  it('for another release are refused, saying which', () => {
    const [finding] = problems(['guard'], [other]);
    assert.equal(finding?.code, 'RECEIPT_MISMATCH');
    assert.match(finding?.found ?? '', /sha abcdef0\b/);
  });

  for (const [what, receipt] of Object.entries(altered)) {
    it(`that were altered are refused: ${what}`, () => {
      const [finding] = problems([receipt.gate], [receipt]);
      assert.equal(finding?.code, 'RECEIPT_MISMATCH');
      assert.equal(finding?.found, 'a receipt that was altered');
    });
  }

  it('do not cover for one another: a receipt beside an altered one of the same gate does not help', () => {
    assert.equal(problems(['guard'], [{ ...guard, attempt: 2 }, guard])[0]?.code, 'RECEIPT_MISMATCH');
  });

  it('that stand on an earlier attempt of a gate are refused: that gate was run again by itself', () => {
    const smoke = receiptFor(release, 'smoke', {}, { after: { guard: guard.digest } });
    assert.deepEqual(problems(['guard', 'smoke'], [guard, smoke]), []);
    const again = receiptFor(release, 'guard', {}, { attempt: 7 });
    const found = problems(['guard', 'smoke'], [again, smoke]);
    assert.deepEqual(
      found.map(({ code, about, needed }) => ({ code, about, needed })),
      [{ code: 'RECEIPT_MISMATCH', about: 'smoke', needed: 'a verdict on attempt 7 of guard' }],
    );
  });

  it('that stand on what is no longer there are refused: a gate before was run again by itself', () => {
    const first = receiptFor(release, 'guard', {}, { attempt: 2, after: { preflight: preflight.digest } });
    assert.deepEqual(problems(['preflight', 'guard'], [preflight, first]), []);
    const again = receiptFor(release, 'preflight', { mode: 'forward' }, { attempt: 3 });
    const [finding] = problems(['preflight', 'guard'], [again, first]);
    assert.deepEqual([finding?.code, finding?.about], ['RECEIPT_MISMATCH', 'guard']);
    assert.match(finding?.found ?? '', /stands on an earlier one of preflight/);
  });
});
