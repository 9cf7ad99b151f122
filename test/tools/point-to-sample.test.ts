import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'mocha';
import { parse } from 'yaml';
import { sampleReleases } from '../../stacks/sample-releases/catalogue.ts';
import { pointToSample } from '../../tools/point-to-sample.ts';

const first = releaseOf('first');
const good = releaseOf('good');

describe('pointing a stack to a sample release', () => {
  let committed: string;

  before(async () => {
    // Whatever release the working copy points to now: on the way over `first`, it is as committed.
    const text = await readFile(new URL('../../Pulumi.local.yaml', import.meta.url), 'utf8');
    committed = pointToSample(text, first).text;
  });

  it('changes the sha, every image, the migrations, the guard commands, and the flags given for the release', () => {
    const { config } = parse(pointToSample(committed, good).text);
    assert.equal(config['sallyport:release'].sha, good.sha);
    for (const name of ['api', 'web', 'worker']) {
      assert.equal(config['sallyport:release'].services[name].image, '.sallyport/app/good');
    }
    assert.equal(config['sallyport:migrations'].directory, '.sallyport/app/good/migrations');
    for (const command of Object.values(config['sallyport:guard'].commands)) {
      assert.match(JSON.stringify(command), /\.sallyport\/app\/good/);
    }
    assert.deepEqual([...new Set(Object.values(config['sallyport:flags']))], [good.sha]);
  });

  it('leaves everything else as it is, comments and all', () => {
    const { text, changes } = pointToSample(committed, good);
    const before = committed.split('\n');
    const after = text.split('\n');
    assert.equal(after.length, before.length);
    assert.equal(after.filter((line, index) => line !== before[index]).length, changes.length);
  });

  it('comes back to the committed state exactly, from and over every release', () => {
    let text = committed;
    for (const release of sampleReleases) {
      text = pointToSample(text, release).text;
      assert.deepEqual(pointToSample(text, release).changes, [], 'a second time changes nothing');
      assert.equal(pointToSample(text, first).text, committed);
    }
  });

  it('refuses a configuration that does not point to a sample, or is no YAML', () => {
    assert.throws(() => pointToSample('config:\n  sallyport:release: { sha: abc }\n', good), {
      code: 'CONFIG_NOT_SAMPLE',
    });
    assert.throws(() => pointToSample('config: [\n', good), { code: 'CONFIG_UNREADABLE' });
  });
});

function releaseOf(name: string) {
  const release = sampleReleases.find((known) => known.name === name);
  assert.ok(release);
  return release;
}
