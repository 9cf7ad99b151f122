import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { projectRoot } from '../../tools/project.ts';

/** Runs lanes, each a script. */
function run(...scripts: readonly string[]) {
  const lanes = JSON.stringify(scripts.map((script) => ['-e', script]));
  const program = `import { runLanes } from ${JSON.stringify(join(projectRoot, 'tools/test-lanes.ts'))};
    process.exitCode = await runLanes(process.execPath, ${lanes});`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

const says = (text: string, code = 0) => `console.log(${JSON.stringify(text)}); process.exitCode = ${code}`;

describe('lanes of tests', () => {
  it('are told one after the other, and counted together', () => {
    const { status, lines } = run(says('a\n7 passed, 1 failed\n3 passed, 0 failed'), says('b\n4 passed, 0 failed'));
    assert.deepEqual(lines, [
      'a',
      '7 passed, 1 failed',
      '3 passed, 0 failed',
      'b',
      '4 passed, 0 failed',
      '7 passed, 0 failed',
    ]);
    assert.equal(status, 0);
  });

  it('fail with one that failed, and what failed is told again at the end', () => {
    const { status, lines } = run(
      says('  1 failing\n  1) so\n2 passed, 1 failed', 1),
      says('  9 passing\n9 passed, 0 failed'),
    );
    assert.deepEqual(lines.slice(-4), ['  1 failing', '  1) so', '2 passed, 1 failed', '11 passed, 1 failed']);
    assert.equal(status, 1);
  });

  it('fail with one that came to no count, was killed, or failed without a test that did', () => {
    for (const script of [
      says('nothing'),
      `process.kill(process.pid, 'SIGKILL')`,
      says('5 passed, 0 failed', 7),
      says(''),
    ]) {
      const { status, lines } = run(says('1 passed, 0 failed'), script);
      assert.match(lines.at(-1) ?? '', /^\d passed, 1 failed$/);
      assert.equal(status, 1);
    }
  });
});
