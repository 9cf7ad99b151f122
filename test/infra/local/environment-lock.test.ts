import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { acquireLock, lockHolder } from '../../../infra/local/environment-lock.ts';

const MODULE = join(import.meta.dirname, '../../../infra/local/environment-lock.ts');

// Takes the lock, says whether it got it, and waits to be killed when it did.
const CONTENDER = `
const { acquireLock } = await import(${JSON.stringify(MODULE)});
const held = await acquireLock(process.argv[1], process.argv[2]);
console.log(held ? 'held' : 'lost');
if (held) setInterval(() => undefined, 1000);
`;

describe('the lock of an environment', () => {
  let locks: string;
  beforeEach(async () => {
    locks = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
  });
  afterEach(() => rm(locks, { recursive: true, force: true }));

  const contend = async (id: string) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', CONTENDER, locks, id], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [word] = await once(child.stdout.setEncoding('utf8'), 'data');
    return { child, id, held: String(word).trim() === 'held' };
  };

  it('has one holder of all who ask at once, and a new one after that was killed', async () => {
    for (const round of ['first', 'second']) {
      const all = await Promise.all([1, 2, 3, 4].map((number) => contend(`--id=${round}-${number}`)));
      const holders = all.filter(({ held }) => held);
      assert.equal(holders.length, 1);
      assert.equal((await lockHolder(locks))?.argument, holders[0]?.id);
      const ended = holders.map(({ child }) => once(child, 'exit'));
      for (const { child } of holders) child.kill('SIGKILL');
      await Promise.all(ended);
      assert.equal(await lockHolder(locks), undefined);
    }
    assert.equal((await readdir(locks)).length, 1);
  });

  it("is not held by another program that was given the holder's pid", async () => {
    await mkdir(locks, { recursive: true });
    await writeFile(join(locks, '1'), JSON.stringify({ pid: process.pid, argument: '--id=someone-else' }));
    assert.equal(await lockHolder(locks), undefined);
    assert.equal(await acquireLock(locks, 'mocha'), true);
  });
});
