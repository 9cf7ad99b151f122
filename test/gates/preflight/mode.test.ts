import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { modeOf } from '../../../gates/preflight/mode.ts';
import { acceptedAs, releaseOf } from './sample-facts.ts';

const [a, b, c] = [releaseOf('aaaaaaa'), releaseOf('bbbbbbb'), releaseOf('ccccccc')];

// Newest first, as the ledger gives them.
const table = [
  ['nothing was accepted', [], a, 'first'],
  ['it is what serves', [acceptedAs(1, a)], a, 'steady'],
  ['it was never accepted', [acceptedAs(1, a)], b, 'forward'],
  ['it was accepted before what serves', [acceptedAs(2, b), acceptedAs(1, a)], a, 'rollback'],
  ['it was accepted two before', [acceptedAs(3, c), acceptedAs(2, b), acceptedAs(1, a)], a, 'rollback'],
  ['a rollback serves and it is that', [acceptedAs(3, a, 'rollback'), acceptedAs(2, b), acceptedAs(1, a)], a, 'steady'],
  [
    'a rollback serves and it came after it',
    [acceptedAs(3, a, 'rollback'), acceptedAs(2, b), acceptedAs(1, a)],
    b,
    'forward',
  ],
  ['a rollback serves and it is new', [acceptedAs(3, a, 'rollback'), acceptedAs(2, b), acceptedAs(1, a)], c, 'forward'],
  [
    'a rollback serves and it came before that',
    [acceptedAs(4, b, 'rollback'), acceptedAs(3, c), acceptedAs(2, b), acceptedAs(1, a)],
    a,
    'rollback',
  ],
] as const;

describe('the mode of a promotion', () => {
  for (const [name, accepted, release, mode] of table) {
    it(`is ${mode} when ${name}`, () => assert.equal(modeOf(accepted, release), mode));
  }
});
