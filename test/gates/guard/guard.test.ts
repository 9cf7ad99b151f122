import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { guard } from '../../../gates/guard/guard.ts';
import { releaseDigest } from '../../../gates/kernel/release.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../sample-release.ts';

const release = sampleRelease();
const digest = releaseDigest(release);
const given = { ...sampleInputs(), commands: {}, required: [], flags: {}, replay: false };

function codes(inputs: Record<string, unknown>) {
  return guard.judge(null, { ...given, ...inputs } as never).map(({ code, about }) => `${code} ${about}`);
}

describe('guard', () => {
  for (const [name, inputs, expected] of [
    ['nothing is asked', {}, []],
    ['each command ran for this release', { commands: { lint: digest, types: digest } }, []],
    ['a command ran for another one', { commands: { lint: digest, types: 'f'.repeat(64) } }, ['COMMAND_NOT_RUN types']],
    ['a command said nothing', { commands: { lint: '' } }, ['COMMAND_NOT_RUN lint']],
    ['a flag is true', { required: ['support'], flags: { support: true } }, []],
    ['a flag was given for this sha', { required: ['support'], flags: { support: release.sha } }, []],
    ['a flag is absent', { required: ['support'] }, ['FLAG_ABSENT support']],
    ['a flag is false', { required: ['support'], flags: { support: false } }, ['FLAG_NOT_READY support']],
    [
      'a flag was given for another sha',
      { required: ['support'], flags: { support: 'aaaaaaa' } },
      ['FLAG_NOT_READY support'],
    ],
    ['a flag is the text true', { required: ['support'], flags: { support: 'true' } }, ['FLAG_NOT_READY support']],
    ['a flag is empty', { required: ['support'], flags: { support: '' } }, ['FLAG_NOT_READY support']],
    ['a flag that nobody asks for is false', { flags: { other: false } }, []],
    [
      'several things are missing',
      { commands: { lint: 'x' }, required: ['a', 'b'], flags: { b: false } },
      ['COMMAND_NOT_RUN lint', 'FLAG_ABSENT a', 'FLAG_NOT_READY b'],
    ],
    ['commands are not known yet, in a preview', { commands: undefined, required: ['a'] }, ['FLAG_ABSENT a']],
    [
      'a replay was accepted: neither commands nor flags are asked again',
      { replay: true, required: ['a'], receipts: [receiptFor(release, 'preflight', { accepted: true })] },
      [],
    ],
    [
      'a replay was never accepted',
      { replay: true, receipts: [receiptFor(release, 'preflight', { accepted: false })] },
      [`RELEASE_NOT_ACCEPTED sha ${release.sha}`],
    ],
    [
      'preflight does not say whether a replay was accepted',
      { replay: true, receipts: [receiptFor(release, 'preflight')] },
      [`RELEASE_NOT_ACCEPTED sha ${release.sha}`],
    ],
  ] as const) {
    it(`${expected.length === 0 ? 'passes' : 'fails'} when ${name}`, () => assert.deepEqual(codes(inputs), expected));
  }

  it('hands on the images that it cleared', () => {
    assert.deepEqual(guard.data?.(given, null, undefined), {
      images: { api: release.services.api?.image, worker: release.services.worker?.image },
    });
  });

  it('writes down which command ran for what, and each required flag', () => {
    const inputs = { ...given, commands: { lint: digest, types: 'x' }, required: ['a', 'b'], flags: { a: true } };
    assert.deepEqual(guard.evidence.body.parse(guard.report(inputs, null, undefined)), {
      commands: [
        { name: 'lint', ranForThisRelease: true },
        { name: 'types', ranForThisRelease: false },
      ],
      flags: [
        { name: 'a', value: true },
        { name: 'b', value: null },
      ],
    });
  });
});
