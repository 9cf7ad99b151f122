import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { imageDigest, imageDirectory, importImage } from '../../../infra/local/images.ts';

describe('images of the local platform', () => {
  let root: string;
  let source: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
    source = join(root, 'source');
    await mkdir(join(source, 'folder'), { recursive: true });
    await writeFile(join(source, 'folder', 'file'), 'content');
    await writeFile(join(source, 'main'), 'main');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('has a digest of paths, contents and executable bits, and of nothing else', async () => {
    const digest = await imageDigest(source);
    assert.match(digest, /^[0-9a-f]{64}$/);
    await mkdir(join(source, 'node_modules'));
    await writeFile(join(source, 'node_modules', 'file'), 'ignored');
    await chmod(join(source, 'main'), 0o600);
    assert.equal(await imageDigest(source), digest);
    await chmod(join(source, 'main'), 0o755);
    const executable = await imageDigest(source);
    assert.notEqual(executable, digest);
    await writeFile(join(source, 'main'), 'other');
    assert.notEqual(await imageDigest(source), executable);
  });

  it('refuses links', async () => {
    await symlink('/etc/passwd', join(source, 'link'));
    await assert.rejects(imageDigest(source), { code: 'IMAGE_NOT_PLAIN' });
  });

  it('is imported once, whoever asks and how often', async () => {
    const environment = join(root, 'environment');
    const digest = await imageDigest(source);
    await Promise.all([1, 2, 3].map(() => importImage(environment, source, digest)));
    await importImage(environment, source, `sha256:${digest}`);
    const store = join(environment, 'images', 'sha256');
    assert.deepEqual(await readdir(store), [digest]);
    assert.equal(await readFile(join(store, digest, 'folder', 'file'), 'utf8'), 'content');
  });

  it('refuses content that is not what was expected, and leaves nothing behind', async () => {
    const environment = join(root, 'environment');
    await assert.rejects(importImage(environment, source, '0'.repeat(64)), { code: 'IMAGE_DIGEST_MISMATCH' });
    await assert.rejects(importImage(environment, source, 'latest'), { code: 'IMAGE_DIGEST' });
    assert.deepEqual(await readdir(join(environment, 'images', 'sha256')), []);
  });

  it('is absent where the store has no such directory, and an error where the store cannot be looked at', async () => {
    const image = `app@sha256:${'a'.repeat(64)}`;
    assert.equal(await imageDirectory(join(root, 'none'), image), undefined);
    await assert.rejects(imageDirectory(join(source, 'main'), image), { code: 'ENOTDIR' });
  });

  it('mends an image in the store that was changed', async () => {
    const environment = join(root, 'environment');
    const digest = await imageDigest(source);
    await importImage(environment, source, digest);
    const stored = join(environment, 'images', 'sha256', digest, 'main');
    await writeFile(stored, 'changed');
    await importImage(environment, source, digest);
    assert.equal(await readFile(stored, 'utf8'), 'main');
  });
});
