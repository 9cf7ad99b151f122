import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { describe, it } from 'mocha';
import { canonicalJson, digestOf, sha256 } from '../../../gates/kernel/digest.ts';
import { releaseDigest } from '../../../gates/kernel/release.ts';
import { sampleRelease } from '../sample-release.ts';

describe('canonical JSON', () => {
  for (const [value, text] of [
    [{ b: 1, a: { d: null, c: [true, 'x'] } }, '{"a":{"c":[true,"x"],"d":null},"b":1}'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [{ é: 1, z: 2, Z: 3 }, '{"Z":3,"z":2,"é":1}'],
    [[3, 1, 2], '[3,1,2]'],
    ['ü "quoted"', '"ü \\"quoted\\""'],
    [null, 'null'],
    [{}, '{}'],
  ] as const) {
    it(`of ${JSON.stringify(value)} is ${text}`, () => assert.equal(canonicalJson(value), text));
  }

  it('is the same in whatever order an object was made, at any depth', () => {
    for (let round = 0; round < 100; round += 1) {
      const release = sampleRelease();
      assert.equal(canonicalJson(shuffled(release)), canonicalJson(release));
    }
  });
});

describe('the digest', () => {
  it('is the SHA-256 of the canonical form, as hex', () => {
    assert.equal(digestOf({ b: 1, a: 2 }), createHash('sha256').update('{"a":2,"b":1}').digest('hex'));
    assert.equal(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(sha256(Buffer.from('abc')), sha256('abc'));
  });

  it('of a release changes with each thing in it', () => {
    const release = sampleRelease();
    const { api } = release.services;
    assert.ok(api);
    const others = [
      sampleRelease({ sha: 'abcdef0' }),
      sampleRelease({ services: { ...release.services, api: { ...api, image: `web@sha256:${'b'.repeat(64)}` } } }),
      sampleRelease({ services: { ...release.services, api: { ...api, env: { A: '' } } } }),
      sampleRelease({ migrations: { ...release.migrations, files: release.migrations.files.slice(1) } }),
      sampleRelease({ migrations: { ...release.migrations, files: release.migrations.files.toReversed() } }),
      sampleRelease({ smoke: { ...release.smoke, retries: { attempts: 2, delayMs: 0 } } }),
    ];
    assert.equal(new Set([release, ...others].map(releaseDigest)).size, others.length + 1);
  });

  it('survives the way through JSON', () => {
    const release = sampleRelease();
    assert.equal(releaseDigest(JSON.parse(JSON.stringify(release))), releaseDigest(release));
  });
});

function shuffled<T>(value: T): T {
  if (Array.isArray(value)) return value.map(shuffled) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [randomInt(1_000_000), key, shuffled(member)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => a - b).map(([, key, member]) => [key, member])) as T;
}
