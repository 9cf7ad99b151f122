import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { isInstalled } from '../../tools/installed.mjs';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('the packages of a project', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeEach(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder.path, 'node_modules', '.bin'), { recursive: true });
  });
  afterEach(() => folder.remove());

  const wanted = {
    '': { name: 'project' },
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/other-platform': { version: '1.0.0', integrity: 'y', optional: true },
  };

  async function lay(installed: Record<string, unknown>): Promise<void> {
    await writeFile(join(folder.path, 'package-lock.json'), JSON.stringify({ packages: wanted }));
    await writeFile(join(folder.path, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
    await writeFile(join(folder.path, 'node_modules', '.bin', 'node'), '');
  }

  it('are installed when npm has recorded what the lock file says, other platforms apart', async () => {
    await lay({ 'node_modules/a': { version: '1.0.0', integrity: 'x' } });
    assert.equal(isInstalled(folder.path), true);
  });

  for (const [what, installed] of [
    ['one is missing', {}],
    ['one has another version', { 'node_modules/a': { version: '1.0.1', integrity: 'z' } }],
    ['one has another content', { 'node_modules/a': { version: '1.0.0', integrity: 'z' } }],
  ] as const) {
    it(`are not installed when ${what}`, async () => {
      await lay(installed);
      assert.equal(isInstalled(folder.path), false);
    });
  }

  it('are not installed when npm was interrupted before it made its record', () => {
    assert.equal(isInstalled(folder.path), false);
  });
});
