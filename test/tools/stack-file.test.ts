import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { describe, it } from 'mocha';
import { readStackConfig, stackFile } from '../../tools/stack-file.ts';

const broken = `unreadable-${process.pid}`;

describe('reading the configuration of a stack', () => {
  it('says which file is needed when there is none', async () => {
    await assert.rejects(
      readStackConfig('no-such-stack'),
      /^SetupError: CONFIG_UNREADABLE: .*Pulumi\.no-such-stack\.yaml/,
    );
  });

  it('shows the line when the file is not YAML', async () => {
    try {
      await writeFile(stackFile(broken), 'config:\n  one: "1"\n<<<<<<< ours\n');
      await assert.rejects(readStackConfig(broken), /CONFIG_UNREADABLE: .* is not YAML: .*line 3/s);
    } finally {
      await rm(stackFile(broken), { force: true });
    }
  });
});
