import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { collect, lay } from '../../../gates/runner/project-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('files on their way to a job and back', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let root: string;
  before(async () => {
    folder = await temporaryFolder();
    root = join(folder.path, 'project');
    await mkdir(join(root, 'a/deep'), { recursive: true });
    await mkdir(join(root, 'a/node_modules/x'), { recursive: true });
    await writeFile(join(root, 'a/deep/one.bin'), Buffer.from([0, 255, 10]));
    await writeFile(join(root, 'a/two.txt'), 'grün');
    await writeFile(join(root, 'a/node_modules/x/index.js'), 'no');
    await writeFile(join(folder.path, 'outside'), 'a secret');
    await symlink('two.txt', join(root, 'a/link.txt'));
  });
  after(() => folder.remove());

  it('are the same there, whole folders and single ones, without packages', async () => {
    const files = await collect(root, ['a', 'a/two.txt', 'not/there']);
    assert.deepEqual(
      files.map(({ path }) => path),
      ['a/deep/one.bin', 'a/link.txt', 'a/two.txt'],
    );
    const there = join(folder.path, 'there');
    await lay(there, '', files);
    assert.deepEqual(await collect(there, ['.']), files);
    assert.deepEqual(await readFile(join(there, 'a/deep/one.bin')), Buffer.from([0, 255, 10]));
  });

  for (const path of ['..', '../outside', 'a/../../outside', '/etc/hostname']) {
    it(`are not taken from ${path}, nor laid there`, async () => {
      await assert.rejects(collect(root, [path]), /INPUTS_INVALID .*leaves the project/);
      await assert.rejects(lay(root, '', [{ path, base64: '' }]), /INPUTS_INVALID .*leaves the project/);
    });
  }

  it('come back into their folder only, and otherwise none does', async () => {
    const files = ['b/good', 'bad'].map((path) => ({ path, base64: '' }));
    await assert.rejects(lay(root, 'b', files), /GATE_REPLY_MISMATCH bad: found a file outside of b/);
    await assert.rejects(readFile(join(root, 'b/good')), { code: 'ENOENT' });
    await assert.rejects(lay(root, 'b', [{ path: 'b-beside/x', base64: '' }]), /GATE_REPLY_MISMATCH/);
  });
});
