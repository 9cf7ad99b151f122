import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { accept } from '../../../gates/accept/accept.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../sample-release.ts';

const release = sampleRelease();
const revisions = { api: 'api--r2', worker: 'worker--r2' };
const data: Record<string, Record<string, unknown>> = {
  preflight: { mode: 'forward' },
  migrate: { historyDigest: 'h' },
  flip: { revisions },
};
const before = ['preflight', 'lint', 'guard', 'rehearse', 'restore-point', 'migrate', 'candidate', 'smoke', 'flip'];
const receipts = before.map((gate, index) =>
  receiptFor(release, gate, data[gate], { attempt: index + 1, evidence: `evidence of ${gate}` }),
);
const inputs = { ...sampleInputs(), receipts };
const evidence = receipts.map(({ gate, attempt, evidence }) => ({
  gate,
  attempt,
  digest: evidence as string | undefined,
}));

function codes(facts: { evidence?: typeof evidence; serving?: Record<string, string> }) {
  const judged = accept.judge({ evidence, serving: revisions, ...facts }, inputs);
  return judged.map(({ code, about }) => `${code} ${about}`);
}

function altered(gate: string, digest: string | undefined) {
  return evidence.map((each) => (each.gate === gate ? { ...each, digest } : each));
}

describe('accept', () => {
  for (const [name, facts, expected] of [
    ['the chain is whole and the flipped revisions serve', {}, []],
    ['evidence is missing from the ledger', { evidence: altered('smoke', undefined) }, ['EVIDENCE_CHAIN_BROKEN smoke']],
    ['evidence was altered in the ledger', { evidence: altered('guard', 'other') }, ['EVIDENCE_CHAIN_BROKEN guard']],
    [
      'two files are wrong',
      { evidence: altered('guard', 'other').map((each) => (each.gate === 'flip' ? { ...each, digest: '' } : each)) },
      ['EVIDENCE_CHAIN_BROKEN guard', 'EVIDENCE_CHAIN_BROKEN flip'],
    ],
    ['another revision serves', { serving: { ...revisions, api: 'api--r1' } }, ['SERVING_ANOTHER api']],
    ['two revisions serve', { serving: { ...revisions, api: 'api--r2,api--r1' } }, ['SERVING_ANOTHER api']],
    ['nothing serves', { serving: { ...revisions, api: '' } }, ['SERVING_ANOTHER api']],
    ['the platform does not have the service', { serving: { worker: 'worker--r2' } }, ['SERVING_ANOTHER api']],
  ] as const) {
    it(`${expected.length === 0 ? 'passes' : 'fails'} when ${name}`, () => assert.deepEqual(codes(facts), expected));
  }

  it('leaves in its evidence what was accepted', () => {
    const body = accept.evidence.body.parse(accept.report(inputs, undefined, undefined));
    assert.deepEqual(body.revisions, revisions);
    assert.equal(body.mode, 'forward');
    assert.equal((body.migrations as unknown[]).length, release.migrations.files.length);
  });
});
