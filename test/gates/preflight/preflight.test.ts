import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { preflight } from '../../../gates/preflight/preflight.ts';
import { sampleMigrations } from '../sample-release.ts';
import { acceptedAs, factsWith, nothingKnown, preflightInputs, releaseOf } from './sample-facts.ts';

describe('preflight', () => {
  it('hands mode, pending migrations and images to the gates after it', () => {
    const data = preflight.data?.(preflightInputs(), factsWith({ applied: sampleMigrations.slice(0, 1) }), undefined);
    assert.equal(data?.mode, 'first');
    assert.deepEqual(data?.pending, sampleMigrations.slice(1));
    assert.deepEqual(Object.keys(data?.images ?? {}), ['api', 'worker']);
  });

  it('asks for window, owner and hold only when the release is about to be promoted', () => {
    const hold = { sha: 'aaaaaaa', placedAt: 'yesterday' };
    const facts = factsWith({ hold, accepted: [acceptedAs(1, releaseOf('bbbbbbb'))] });
    const inputs = preflightInputs({ change: { owner: '' } });
    const codes = (pending: boolean) => preflight.judge({ ...facts, pending }, inputs).map((finding) => finding.code);
    assert.deepEqual(codes(true), ['OWNER_MISSING', 'PROMOTION_ON_HOLD']);
    assert.deepEqual(codes(false), []);
  });

  it('says in its evidence what it could not evaluate', () => {
    const body = preflight.evidence.body.parse(preflight.report(preflightInputs(), nothingKnown, undefined));
    assert.deepEqual(body.notEvaluated, ['history', 'accepted releases', 'hold', 'drift']);
    assert.equal(body.history, null);
  });

  it('reports the broken rules of all kinds at once', () => {
    const inputs = preflightInputs();
    const [one, ...rest] = inputs.release.migrations.files;
    assert.ok(one);
    const files = [{ ...one, file: 'Bad.sql' }, ...rest];
    const release = { ...inputs.release, migrations: { ...inputs.release.migrations, files } };
    const codes = preflight
      .judge(factsWith({ applied: [...sampleMigrations.slice(1), '20250104000000_four'] }), { ...inputs, release })
      .map((finding) => finding.code);
    assert.deepEqual(codes, ['MIGRATION_NAME', 'MIGRATION_OUT_OF_ORDER', 'MIGRATION_MISSING']);
  });
});
