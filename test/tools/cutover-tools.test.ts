import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { askedStack } from '../../tools/cutover-stack.ts';
import { packagePrograms, projectRoot } from '../../tools/project.ts';
import { runProgram } from '../support/running-program.ts';

const run = (tool: string, ...args: string[]) =>
  runProgram(join(packagePrograms, 'node'), [join('tools', `${tool}.ts`), ...args], {
    cwd: projectRoot,
    env: { PATH: process.env.PATH ?? '' },
  }).ended;

describe('the stack that a command of a cutover works on', () => {
  it('is the worked example, or the one that is named, wherever on the line', () => {
    assert.deepEqual(askedStack([]), { stack: 'cutover', rest: [] });
    assert.deepEqual(askedStack(['up', '--stack', 'staging', '--yes']), { stack: 'staging', rest: ['up', '--yes'] });
    assert.deepEqual(askedStack(['--stack=staging', 'up']), { stack: 'staging', rest: ['up'] });
    assert.throws(() => askedStack(['up', '--stack']), /--stack names no stack/);
  });
});

describe('a command of a cutover', () => {
  const wrong: readonly (readonly [tool: string, args: readonly string[], said: RegExp])[] = [
    ['approve', [], /ARGUMENTS: a digest has 64 hex digits/],
    ['approve', ['abc'], /ARGUMENTS: a digest has 64 hex digits/],
    ['approve', ['a'.repeat(64), '--force'], /ARGUMENTS: .*--force/],
    ['candidate', ['--postgres', '9'], /ARGUMENTS: --postgres takes 13 to 18/],
    ['rehearse-rollback', ['now'], /ARGUMENTS: now is not known/],
    ['thaw', ['--side', 'both'], /ARGUMENTS: --side takes source or target/],
    ['freeze', ['--side', 'both'], /ARGUMENTS: --side takes source or target/],
    ['way-back', ['--quick'], /ARGUMENTS: .*--quick/],
    ['way-back', ['--look', '--without-target'], /ARGUMENTS: --look asks the target, which --without-target does not/],
    ['way-back', ['--stack', 'nowhere'], /CONFIG_UNREADABLE: .*Pulumi\.nowhere\.yaml/],
  ];
  for (const [tool, args, said] of wrong) {
    it(`says in one line what is wrong with ${[tool, ...args].join(' ').slice(0, 40)}`, async () => {
      const { code, output } = await run(tool, ...args);
      assert.equal(code, 1, output);
      assert.match(output, said);
      assert.doesNotMatch(output, /^\s+at /m);
    });
  }
});
