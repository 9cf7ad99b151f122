import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { reasonCodes } from '../../../gates/kernel/reason-codes.ts';

const folders = ['gates', 'infra'].map((name) => join(import.meta.dirname, '../../..', name));

describe('the catalogue of reason codes', () => {
  for (const [code, { gate, means, recovery }] of Object.entries(reasonCodes)) {
    it(`says of ${code} what it means and what to do`, () => {
      assert.match(code, /^[A-Z]+(_[A-Z]+)*$/);
      assert.match(means, /^\S.*\.$/);
      assert.notEqual(recovery.trim(), '');
      assert.notEqual(gate, '');
    });
  }

  it('has no code that nothing gives', async () => {
    const all = await Promise.all(
      folders.map(async (folder) => (await readdir(folder, { recursive: true })).map((file) => join(folder, file))),
    );
    const files = all.flat().filter((file) => file.endsWith('.ts') && !file.endsWith('reason-codes.ts'));
    const sources = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    const unused = Object.keys(reasonCodes).filter((code) => !sources.some((source) => source.includes(`'${code}'`)));
    assert.deepEqual(unused, []);
  });
});
