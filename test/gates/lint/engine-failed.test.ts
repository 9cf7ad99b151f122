import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { runSquawk } from '../../../gates/lint/squawk.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the engine of lint', () => {
  it('that cannot do what it is asked to is an error and not a file without findings', async () => {
    const folder = await temporaryFolder();
    try {
      await writeFile(join(folder.path, 'one.sql'), 'drop table events;');
      const run = { directory: folder.path, scratch: folder.path, include: ['no-such-rule'], exclude: [] };
      const signal = AbortSignal.timeout(110_000);
      await assert.rejects(
        runSquawk([{ path: 'one.sql', transactional: true }], { ...run, signal }),
        /LINT_ENGINE_FAILED/,
      );
    } finally {
      await folder.remove();
    }
  });
});
