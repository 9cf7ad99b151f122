import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, it } from 'mocha';
import { projectRoot } from '../../gates/kernel/project-root.ts';

/** Whether a program that opens the estate of this platform, and all that a promotion is made of, has loaded azure-native. */
async function loadsAzureNative(platform: object): Promise<boolean> {
  const program = `
    const { estateOf } = await import('./stacks/estate.ts');
    await import('./stacks/promotion.ts');
    await import('./stacks/config.ts');
    await estateOf({ platform: ${JSON.stringify(platform)} });
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(loaded.some((file) => file.includes('@pulumi/azure-native')));
  `;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: projectRoot });
  return JSON.parse(stdout);
}

describe('the estate of a platform', () => {
  it('is loaded with its resources where it is the one that is configured', async () =>
    assert.equal(await loadsAzureNative({ kind: 'azure' }), true));

  it('costs a local promotion nothing of the cloud', async () =>
    assert.equal(await loadsAzureNative({ kind: 'local', directory: '.sallyport/local' }), false));
});
