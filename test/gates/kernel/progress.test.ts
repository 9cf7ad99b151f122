import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { progressOf, seconds } from '../../../gates/kernel/progress.ts';
import { keepSecret } from '../../../gates/kernel/redact.ts';

describe('progress', () => {
  const write = process.stdout.write;
  let written = '';
  beforeEach(() => {
    written = '';
    process.stdout.write = ((text: string) => {
      written += text;
      return true;
    }) as typeof process.stdout.write;
  });
  afterEach(() => {
    process.stdout.write = write;
  });

  it('is one line that begins with the gate', () => {
    progressOf('migrate')('migrate-1 Running … 0.4 s');
    process.stdout.write = write;
    assert.equal(written, 'migrate: migrate-1 Running … 0.4 s\n');
  });

  it('holds no secret', () => {
    keepSecret('planted-in-progress');
    progressOf('migrate')('it is planted-in-progress and postgres://a:bcde@db');
    process.stdout.write = write;
    assert.equal(written, 'migrate: it is [secret] and postgres://a:[secret]@db\n');
  });
});

describe('a duration', () => {
  for (const [ms, text] of [
    [0, '0.0 s'],
    [449, '0.4 s'],
    [9_949, '9.9 s'],
    [9_999, '10 s'],
    [12_400, '12 s'],
    [125_000, '125 s'],
  ] as const) {
    it(`of ${ms} ms reads ${text}`, () => assert.equal(seconds(1_000, 1_000 + ms), text));
  }
});
