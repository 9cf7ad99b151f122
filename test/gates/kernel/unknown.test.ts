import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { hasUnknown, unknownSentinel } from '../../../gates/kernel/unknown.ts';

describe('what is only known once the update runs', () => {
  for (const value of [unknownSentinel, [unknownSentinel], { a: { b: [1, { c: unknownSentinel }] } }]) {
    it(`is found in ${JSON.stringify(value)}`, () => assert.equal(hasUnknown(value), true));
  }
  for (const value of [undefined, null, '', 0, false, [], {}, { a: [null, 'x'] }, `about ${unknownSentinel}`]) {
    it(`is not found in ${JSON.stringify(value)}`, () => assert.equal(hasUnknown(value), false));
  }
});
