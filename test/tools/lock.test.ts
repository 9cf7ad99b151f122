import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { withLock } from '../../tools/lock.mjs';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('the lock around slow set-up work', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let path: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    path = join(folder.path, 'deep', 'lock');
  });
  afterEach(() => folder.remove());

  it('lets one work after the other, and tells the second that it waits', async () => {
    const order: string[] = [];
    let waits = 0;
    let finishFirst = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finishFirst = resolve;
    });
    const first = withLock(
      path,
      () => {},
      async () => {
        order.push('first begins');
        await gate;
        order.push('first ends');
      },
    );
    const second = withLock(
      path,
      () => {
        waits += 1;
        finishFirst();
      },
      async () => order.push('second'),
    );
    await Promise.all([first, second]);
    assert.deepEqual(order, ['first begins', 'first ends', 'second']);
    assert.equal(waits, 1);
  });

  it('is free again after the work has failed', async () => {
    await assert.rejects(
      withLock(
        path,
        () => {},
        () => Promise.reject(new Error('no')),
      ),
      /no/,
    );
    assert.equal(existsSync(path), false);
  });

  it('is taken over from a holder that has died', async () => {
    await withLock(
      path,
      () => {},
      async () => {},
    );
    const { pid } = spawnSync(process.execPath, ['--version']);
    await writeFile(path, `${pid}\n`);
    assert.equal(
      await withLock(
        path,
        () => assert.fail('waited'),
        async () => 'done',
      ),
      'done',
    );
  });
});
