import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseInputs, problemsOf } from '../../tools/engine/stand-in/command-inputs.ts';
import { hasSecret, redactor, secret } from '../../tools/engine/stand-in/engine-values.ts';

const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

describe('the inputs of the stand-in for the command plugin', () => {
  for (const [what, inputs, property] of [
    ['an input that the resource does not have', { create: 'true', cwd: '/' }, 'cwd'],
    ['an environment that is not of strings', { environment: { A: 1 } }, 'environment.A'],
    ['an interpreter without a program', { interpreter: [] }, 'interpreter'],
    ['a way of logging that does not exist', { logging: 'all' }, 'logging'],
    ['a command that is not a string', { create: ['true'] }, 'create'],
    ['asset paths, which only the original reads', { assetPaths: ['*.txt'] }, 'assetPaths'],
  ] as const) {
    it(`are refused with ${what}`, () => {
      assert.deepEqual(
        problemsOf(inputs).map((problem) => problem.property),
        [property],
      );
      assert.throws(() => parseInputs(inputs));
    });
  }

  it('may be unknown while they are checked, and not when they are used', () => {
    assert.deepEqual(problemsOf({ create: 'true', environment: unknown, triggers: [unknown] }), []);
    assert.throws(() => parseInputs({ create: 'true', environment: unknown }), /unknown/);
  });

  it('are used without their marks of secrecy, which are still known', () => {
    const inputs = { create: 'true', environment: { A: secret('planted') } };
    assert.equal(hasSecret(inputs), true);
    assert.equal(parseInputs(inputs).environment?.A, 'planted');
    assert.equal(redactor(inputs)('it is planted'), 'it is [secret]');
  });
});
