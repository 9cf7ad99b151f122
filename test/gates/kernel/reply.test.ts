import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { reply } from '../../../gates/kernel/reply.ts';

describe('the door for replies to the engine', () => {
  it('lets JSON through as it is', () => {
    const answer = { text: 'a', number: 1.5, yes: true, none: null, list: [1, ['b', {}]], object: { deep: { er: 0 } } };
    assert.deepEqual(reply(answer), answer);
  });

  it('drops members that are undefined, at any depth', () => {
    const clean = reply({ a: undefined, b: { c: undefined, d: [{ e: undefined }] } });
    assert.deepEqual(clean, { b: { d: [{}] } });
    assert.ok(!('a' in clean));
  });

  for (const [what, outputs, path] of [
    ['a date', { made: { at: new Date(0) } }, 'outputs.made.at is Date'],
    ['a map', { list: [new Map()] }, 'outputs.list[0] is Map'],
    ['a function', { f: () => 1 }, 'outputs.f is function'],
    ['undefined in a list', { list: [1, undefined] }, 'outputs.list[1] is undefined'],
    ['not a number', { n: Number.NaN }, 'outputs.n is number'],
    ['infinity', { n: Number.POSITIVE_INFINITY }, 'outputs.n is number'],
    ['a big integer', { n: 1n }, 'outputs.n is bigint'],
    ['a symbol', { s: Symbol('s') }, 'outputs.s is symbol'],
    ['an error', { e: new Error('no') }, 'outputs.e is Error'],
    ['an object without a prototype', { o: Object.create(null) }, 'outputs.o is object'],
  ] as const) {
    it(`refuses ${what} and says where it is`, () => {
      assert.throws(() => reply(outputs), { name: 'TypeError', message: `${path}, not JSON` });
    });
  }
});
