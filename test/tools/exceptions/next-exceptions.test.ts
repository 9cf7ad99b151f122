import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { sha256 } from '../../../gates/kernel/digest.ts';
import type { Exception } from '../../../gates/kernel/exception.ts';
import { exceptionsText, nextExceptions } from '../../../tools/exceptions/next-exceptions.ts';
import { factsWith, nothingKnown, preflightInputs } from '../../gates/preflight/sample-facts.ts';
import { sampleMigrations, sampleRelease } from '../../gates/sample-release.ts';

const asked = { owner: 'release-desk', reason: 'before the rule', expires: '2026-12-31' };
const old = { name: '20240101_Old', file: '20240101_Old.sql', sha256: sha256('old') };
const known: Exception = { file: old.file, sha256: old.sha256, rule: 'MIGRATION_NAME', ...asked };
const { migrations } = sampleRelease();
const release = sampleRelease({ migrations: { ...migrations, files: [old, ...migrations.files] } });
const inputs = preflightInputs({ release });

describe('the next exceptions', () => {
  it('are none where nobody takes a finding upon them: it stays open', () => {
    const { entries, open } = nextExceptions(nothingKnown, inputs, [], undefined);
    assert.deepEqual(entries, []);
    assert.deepEqual(
      open.map((finding) => finding.about),
      [old.file],
    );
  });

  it('pin what is found to its content, for somebody, for a time', () => {
    const { entries, added, open } = nextExceptions(nothingKnown, inputs, [], asked);
    assert.deepEqual(entries, [known]);
    assert.deepEqual([added.length, open.length], [1, 0]);
  });

  it('keep what is needed word for word and take out what is not', () => {
    const gone = { ...known, file: 'gone.sql' };
    const { entries, removed } = nextExceptions(nothingKnown, inputs, [known, gone], { ...asked, owner: 'other-desk' });
    assert.deepEqual([entries, removed], [[known], [gone]]);
  });

  it('keep what cannot be judged without the history, and what another gate judges', () => {
    const late = { ...known, rule: 'MIGRATION_OUT_OF_ORDER' };
    const lint = { ...known, rule: 'SOME_LINT_RULE' };
    assert.deepEqual(nextExceptions(nothingKnown, inputs, [known, late, lint], undefined).removed, []);
    const applied = [old.name, ...sampleMigrations];
    assert.deepEqual(nextExceptions(factsWith({ applied }), inputs, [known, late, lint], undefined).removed, [late]);
  });

  it('are written as a file that reads back the same', () => {
    assert.deepEqual(parse(exceptionsText([known])), [known]);
    assert.deepEqual(parse(exceptionsText([])), []);
  });
});
