import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertionSchema } from '../../../gates/kernel/release.ts';
import { assertOn, valueAt } from '../../../gates/smoke/assertions.ts';

const document = {
  status: 'ok',
  count: 3,
  zero: 0,
  none: null,
  yes: true,
  list: [{ id: 7 }, 'two'],
  object: { b: 2, a: 1 },
  'a/b': 'slash',
  'm~n': 'tilde',
  '~1': 'both',
  '': 'empty',
  ' ': 'space',
};
const answer = {
  status: 200,
  headers: new Headers({ 'Content-Type': 'text/html; charset=utf-8', 'x-empty': '' }),
  body: JSON.stringify(document),
  latencyMs: 120,
};

const holds: readonly (readonly [assertion: Record<string, unknown>, passes: boolean])[] = [
  [{ status: 200 }, true],
  [{ status: 204 }, false],
  [{ header: 'content-type', equals: 'text/html; charset=utf-8' }, true],
  [{ header: 'CONTENT-TYPE', contains: 'text/html' }, true],
  [{ header: 'content-type', equals: 'text/html' }, false],
  [{ header: 'content-type', contains: 'json' }, false],
  [{ header: 'x-absent', equals: '' }, false],
  [{ header: 'x-absent', contains: '' }, false],
  [{ header: 'x-empty', equals: '' }, true],
  [{ text: '"status":"ok"' }, true],
  [{ text: 'OK' }, false],
  [{ latencyMs: 120 }, true],
  [{ latencyMs: 119 }, false],
  [{ json: '/status', equals: 'ok' }, true],
  [{ json: '/status', equals: 'OK' }, false],
  [{ json: '/count', equals: 3 }, true],
  [{ json: '/count', equals: '3' }, false],
  [{ json: '/zero', equals: 0 }, true],
  [{ json: '/zero', equals: false }, false],
  [{ json: '/none', equals: null }, true],
  [{ json: '/absent', equals: null }, false],
  [{ json: '/yes', equals: true }, true],
  [{ json: '/object', equals: { a: 1, b: 2 } }, true],
  [{ json: '/object', equals: { a: 1 } }, false],
  [{ json: '/list', equals: [{ id: 7 }, 'two'] }, true],
  [{ json: '/list', equals: ['two', { id: 7 }] }, false],
  [{ json: '/list/0/id', equals: 7 }, true],
  [{ json: '/list/9/id', equals: 7 }, false],
  [{ json: '/a~1b', equals: 'slash' }, true],
  [{ json: '/m~0n', equals: 'tilde' }, true],
  [{ json: '/~01', equals: 'both' }, true],
  [{ json: '/', equals: 'empty' }, true],
  [{ json: '/ ', equals: 'space' }, true],
  [{ json: '', type: 'object' }, true],
  [{ json: '/status', type: 'string' }, true],
  [{ json: '/count', type: 'number' }, true],
  [{ json: '/yes', type: 'boolean' }, true],
  [{ json: '/none', type: 'null' }, true],
  [{ json: '/list', type: 'array' }, true],
  [{ json: '/object', type: 'object' }, true],
  [{ json: '/list', type: 'object' }, false],
  [{ json: '/none', type: 'object' }, false],
  [{ json: '/count', type: 'string' }, false],
  [{ json: '/absent', type: 'null' }, false],
  [{ json: '/status/deeper', type: 'string' }, false],
  [{ json: '/none/deeper', type: 'string' }, false],
  [{ json: '/toString', type: 'object' }, false],
  [{ json: '/count', atLeast: 3 }, true],
  [{ json: '/count', atLeast: 3.1 }, false],
  [{ json: '/zero', atLeast: 0 }, true],
  [{ json: '/status', atLeast: 0 }, false],
  [{ json: '/none', atLeast: 0 }, false],
  [{ json: '/absent', atLeast: -1 }, false],
];

describe('an assertion', () => {
  for (const [assertion, passes] of holds) {
    it(`${passes ? 'holds' : 'does not hold'}: ${JSON.stringify(assertion)}`, () => {
      const result = assertOn(answer, assertionSchema.parse({ id: 'it', ...assertion }));
      assert.equal(result.passed, passes, `${result.expected}; ${result.actual}`);
      assert.equal(result.id, 'it');
      assert.notEqual(result.expected, '');
      assert.notEqual(result.actual, '');
    });
  }

  for (const body of ['', 'not json', '<html>', '{"half":', '"text"', '5', 'null']) {
    it(`on a JSON value does not hold, and does not throw, of the body ${JSON.stringify(body)}`, () => {
      for (const kind of [{ equals: 'ok' }, { type: 'string' }, { atLeast: 0 }]) {
        const assertion = assertionSchema.parse({ id: 'it', json: '/status', ...kind });
        assert.equal(assertOn({ ...answer, body }, assertion).passed, false);
      }
    });
  }

  it('says what it found, and not the whole of a long body', () => {
    const result = assertOn({ ...answer, body: 'x'.repeat(10_000) }, { id: 'it', text: 'y' });
    assert.ok(result.actual.length <= 301);
  });

  for (const bad of [
    { id: 'it' },
    { status: 200 },
    { id: 'it', status: 99 },
    { id: 'it', json: 'status', equals: 1 },
    { id: 'it', json: '/a' },
    { id: 'it', json: '/a', type: 'date' },
    { id: 'it', header: 'x' },
    { id: 'it', text: '' },
    { id: 'it', latencyMs: 0 },
    { id: 'it', status: 200, text: 'two at once' },
  ]) {
    it(`is refused as configuration: ${JSON.stringify(bad)}`, () =>
      assert.equal(assertionSchema.safeParse(bad).success, false));
  }
});

describe('the value at a JSON pointer', () => {
  for (const [body, pointer, value] of [
    ['{"a":{"b":[1,2]}}', '/a/b/1', 2],
    ['{"a":1}', '', { a: 1 }],
    ['[]', '/0', undefined],
    ['5', '', 5],
    ['5', '/a', undefined],
    ['nothing', '', undefined],
  ] as const) {
    it(`"${pointer}" of ${body} is ${JSON.stringify(value)}`, () => assert.deepEqual(valueAt(body, pointer), value));
  }
});
