import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { differingLeaves, merkleTree } from '../../../gates/verify/merkle.ts';

const leaf = (first: bigint) => ({ rows: 1n, first, second: -first });
const numbers = [-(2n ** 63n), -1n, 0n, 1n, 17n, 4096n, 2n ** 63n - 1n];
const leaves = new Map(numbers.map((number, index) => [number, leaf(BigInt(index))]));

describe('a Merkle tree of leaves', () => {
  it('does not depend on the order in which they come', () => {
    assert.equal(merkleTree(new Map([...leaves].reverse())).root, merkleTree(leaves).root);
  });

  for (const number of numbers) {
    it(`finds that leaf ${number} is other, missing, or too many, and no other`, () => {
      const other = new Map(leaves).set(number, leaf(99n));
      const without = new Map(leaves);
      without.delete(number);
      const whole = merkleTree(leaves);
      assert.deepEqual(differingLeaves(whole, merkleTree(other)), [number]);
      assert.deepEqual(differingLeaves(whole, merkleTree(without)), [number]);
      assert.deepEqual(differingLeaves(merkleTree(without), whole), [number]);
    });
  }

  it('has another root where rows moved between leaves of equal sums', () => {
    const one = merkleTree(new Map([[1n, leaf(5n)]]));
    assert.notEqual(one.root, merkleTree(new Map([[2n, leaf(5n)]])).root);
    assert.notEqual(one.root, merkleTree(new Map([[1n, { ...leaf(5n), rows: 2n }]])).root);
  });

  it('has a root without leaves', () => assert.match(merkleTree(new Map()).root, /^[0-9a-f]{64}$/));
});
