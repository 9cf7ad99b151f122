import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { runRecordSchema } from '../../../gates/verify/records.ts';
import { verifySettings } from '../../../gates/verify/settings.ts';
import { digestedBy } from '../../../gates/verify/workers/digest-of-request.ts';

describe('who digests', () => {
  const settings = (more: object = {}) => verifySettings.parse({ modules: { all: ['public.*'] }, workers: 3, ...more });
  const job = {
    workers: 8,
    start: async () => {
      throw new Error('nobody is started here');
    },
  };

  it('is this process, unless processes or a job are asked for', () => {
    assert.deepEqual(digestedBy({ settings: settings() }), { kind: 'here', workers: 3 });
    assert.deepEqual(digestedBy({ settings: settings({ processes: 5 }) }), { kind: 'processes', workers: 5 });
    assert.deepEqual(digestedBy({ settings: settings(), job }), { kind: 'job', workers: 8 });
  });

  it('is not said by a record from before, which is read all the same', () => {
    const { by } = runRecordSchema.shape;
    assert.equal(by.parse(undefined), null);
    assert.deepEqual(by.parse({ kind: 'job', workers: 8 }), { kind: 'job', workers: 8 });
  });
});
