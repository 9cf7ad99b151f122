import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { packagePrograms, projectRoot } from '../tools/project.ts';

describe('the whole project', () => {
  it('has no type errors', () => check('tsc', '--noEmit'));
  it('is formatted and has nothing for the linter to find', () => check('biome', 'check', '--error-on-warnings'));
});

function check(program: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(join(packagePrograms, program), args, {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
}
