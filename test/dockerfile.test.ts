import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { projectRoot } from '../tools/project.ts';
import { hadolint, run } from './gates/migrate/tools/real/test-tools.ts';

// No container engine runs in the tests: what the image is made of is read, and linted by the real linter.
describe('the Dockerfile of the gates', () => {
  let text: string;
  /** Instructions in their order, each with the lines that it goes on over. */
  let instructions: readonly (readonly [string, string])[];
  before(async () => {
    text = await readFile(join(projectRoot, 'Dockerfile'), 'utf8');
    const joined = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
    instructions = joined.split('\n').flatMap((line) => {
      const found = /^([A-Z]+) (.*)$/.exec(line);
      return found === null ? [] : [[found[1] ?? '', found[2] ?? ''] as const];
    });
  });
  const lastStage = () => instructions.slice(instructions.findLastIndex(([name]) => name === 'FROM'));

  it('passes the linter', async function () {
    this.timeout(180_000); // the linter is installed once
    const { code, output } = await run(await hadolint(), ['Dockerfile'], projectRoot);
    assert.deepEqual([code, output], [0, '']);
  });

  it('begins with the exact version of Node that the project has, or with nothing', async () => {
    const { devDependencies } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8'));
    const bases = instructions.filter(([name]) => name === 'FROM').map(([, base]) => base);
    assert.deepEqual(bases, [`node:${devDependencies.node}-bookworm-slim AS build`, 'scratch']);
  });

  it('takes packages as they are locked, without those of development', () => {
    assert.match(text, /npm ci --omit=dev --ignore-scripts/);
  });

  it('runs as a user that is not root, and needs no shell', async () => {
    const stage = lastStage();
    assert.deepEqual(
      stage.filter(([name]) => name === 'USER').map(([, user]) => user),
      ['65532:65532'],
    );
    assert.ok(!stage.some(([name]) => ['RUN', 'SHELL', 'CMD'].includes(name)));
    const [program, entry] = JSON.parse(stage.find(([name]) => name === 'ENTRYPOINT')?.[1] ?? '[]');
    assert.equal(program, '/usr/local/bin/node');
    assert.ok((await stat(join(projectRoot, entry.replace(/^\/app\//, '')))).isFile());
  });

  it('gets nothing but what it is made of', async () => {
    const ignored = await readFile(join(projectRoot, '.dockerignore'), 'utf8');
    const rules = ignored.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(rules[0], '*');
    const copied = instructions.filter(([name, rest]) => name === 'COPY' && !rest.startsWith('--from'));
    const sources = copied.flatMap(([, rest]) => rest.split(' ').slice(0, -1));
    assert.deepEqual(
      sources.filter((source) => !rules.includes(`!${source}`) && !rules.includes(`!${source}/**`)),
      [],
    );
  });
});
