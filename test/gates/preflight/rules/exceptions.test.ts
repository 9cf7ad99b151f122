import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { sha256 } from '../../../../gates/kernel/digest.ts';
import type { Exception } from '../../../../gates/kernel/exception.ts';
import type { Release } from '../../../../gates/kernel/release.ts';
import type { PreflightFacts, PreflightInputs } from '../../../../gates/preflight/facts.ts';
import { preflight } from '../../../../gates/preflight/preflight.ts';
import { sampleMigrations, sampleRelease } from '../../sample-release.ts';
import { acceptedAs, factsWith, historyOf, nothingKnown, preflightInputs } from '../sample-facts.ts';

const [one, two, three] = sampleMigrations;
const content = sha256('old');
const old = { name: '20240101_Old', file: '20240101_Old.sql', sha256: content };
const entry: Exception = {
  file: old.file,
  sha256: content,
  rule: 'MIGRATION_NAME',
  owner: 'release-desk',
  reason: 'before the rule',
  expires: '2026-12-31',
};

/** A release with a badly named migration before the sample's, and these exceptions. */
function withOld(exceptions: readonly Exception[], sha = 'abcdef0123456789'): Release {
  const { migrations } = sampleRelease();
  return sampleRelease({
    sha,
    migrations: { ...migrations, files: [old, ...migrations.files], exceptions: [...exceptions] },
  });
}

const appliedAll = [old.name, ...sampleMigrations];
const hashes = new Map([[old.name, content], ...sampleMigrations.map((name) => [name, `sha of ${name}`] as const)]);

function codes(release: Release, facts: PreflightFacts): readonly string[] {
  const inputs: PreflightInputs = preflightInputs({ release });
  return preflight.judge(facts, inputs).map(({ severity, code, about }) => `${severity} ${code} ${about}`);
}

function known(database: Partial<NonNullable<PreflightFacts['database']>> = {}): PreflightFacts {
  return factsWith({ applied: appliedAll, history: historyOf(appliedAll), hashes, ...database });
}

describe('exceptions', () => {
  for (const [name, exceptions, expected] of [
    ['tolerate what they name', [entry], []],
    [
      'tolerate no other rule',
      [{ ...entry, rule: 'MIGRATION_EDITED' }],
      ['BLOCKER MIGRATION_NAME 20240101_Old.sql', 'WARNING LEGACY_BASELINE_STALE 20240101_Old.sql'],
    ],
    [
      'tolerate no other content',
      [{ ...entry, sha256: sha256('other') }],
      ['BLOCKER MIGRATION_NAME 20240101_Old.sql', 'WARNING LEGACY_BASELINE_STALE 20240101_Old.sql'],
    ],
    ['hold on their last day', [{ ...entry, expires: '2026-03-02' }], []],
    [
      'block when they have expired',
      [{ ...entry, expires: '2026-03-01' }],
      ['BLOCKER EXCEPTION_EXPIRED 20240101_Old.sql'],
    ],
    [
      'are to be taken out when nothing needs them',
      [entry, { ...entry, file: 'gone.sql' }],
      ['WARNING LEGACY_BASELINE_STALE gone.sql'],
    ],
    ['of another gate are not judged here', [entry, { ...entry, rule: 'SOME_LINT_RULE' }], []],
  ] as const) {
    it(name, () => assert.deepEqual(codes(withOld(exceptions), known()), expected));
  }

  it('tolerate an applied migration without a file, by the hash of its name', () => {
    const gone = {
      ...entry,
      file: '20230101_squashed',
      sha256: sha256('20230101_squashed'),
      rule: 'MIGRATION_MISSING',
    };
    const applied = ['20230101_squashed', ...appliedAll];
    const facts = known({ applied, history: historyOf(applied) });
    assert.deepEqual(codes(withOld([entry]), facts), ['BLOCKER MIGRATION_MISSING 20230101_squashed']);
    assert.deepEqual(codes(withOld([entry, gone]), facts), []);
  });

  it('tolerate a pending migration out of order, and are to be taken out once it is applied', () => {
    const inputs = sampleRelease().migrations.files.map((file) => ({ ...file, sha256: sha256(file.name) }));
    const late: Exception = { ...entry, file: `${two}.sql`, sha256: sha256(two), rule: 'MIGRATION_OUT_OF_ORDER' };
    const { migrations } = sampleRelease();
    const release = sampleRelease({ migrations: { ...migrations, files: inputs, exceptions: [late] } });
    const own = new Map(sampleMigrations.map((name) => [name, sha256(name)]));
    const before = [one, three];
    assert.deepEqual(codes(release, factsWith({ applied: before, history: historyOf(before), hashes: own })), []);
    assert.deepEqual(codes(release, factsWith({ hashes: own })), [`WARNING LEGACY_BASELINE_STALE ${two}.sql`]);
  });

  it('are not called stale while the history is not known', () => {
    const late: Exception = { ...entry, rule: 'MIGRATION_OUT_OF_ORDER' };
    assert.deepEqual(codes(withOld([entry, late]), nothingKnown), []);
  });

  describe('against the accepted release', () => {
    const accepted = [acceptedAs(1, withOld([entry], 'aaaaaaa'))];
    const grown: Exception = { ...entry, expires: '2027-01-31' };

    it('may stay, end sooner, and go', () => {
      assert.deepEqual(codes(withOld([entry]), known({ accepted })), []);
      assert.deepEqual(codes(withOld([{ ...entry, expires: '2026-06-30' }]), known({ accepted })), []);
    });

    it('need a reviewer who is not the owner when they are new or last longer', () => {
      const refused = ['BLOCKER EXCEPTION_NOT_REVIEWED 20240101_Old.sql'];
      assert.deepEqual(codes(withOld([grown]), known({ accepted })), refused);
      assert.deepEqual(codes(withOld([{ ...grown, reviewer: grown.owner }]), known({ accepted })), refused);
      assert.deepEqual(codes(withOld([{ ...grown, reviewer: 'platform-desk' }]), known({ accepted })), []);
      const none = [acceptedAs(1, withOld([], 'aaaaaaa'))];
      assert.deepEqual(codes(withOld([entry]), known({ accepted: none })), refused);
    });

    it('do not close the way back on the day they expire', () => {
      const expired = { ...entry, expires: '2026-03-01' };
      const former = withOld([expired], 'aaaaaaa');
      const history = [acceptedAs(2, withOld([], 'bbbbbbb')), acceptedAs(1, former)];
      assert.deepEqual(codes(former, known({ accepted: history, proven: true })), [
        'WARNING EXCEPTION_EXPIRED 20240101_Old.sql',
      ]);
    });
  });
});
