import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { namesOf, planDigest, shapeDigest } from '../../../gates/cutover/plan.ts';
import { verifySettings } from '../../../gates/verify/settings.ts';
import { sampleRelease } from '../sample-release.ts';
import { samplePlan } from './sample-plan.ts';

const release = sampleRelease();
const plan = samplePlan();

describe('the plan of a cutover', () => {
  it('is another one with another module list, strategy, invariant, side or migration', () => {
    const others = [
      samplePlan({ verify: verifySettings.parse({ modules: { most: ['public.*'] } }) }),
      samplePlan({ strategy: 'copy' }),
      samplePlan({ invariants: [{ file: 'one.sql', sql: 'select 1 where false' }] }),
      samplePlan({ target: { ...plan.target, at: '127.0.0.1:5434/app' } }),
    ].map((other) => planDigest(other, release));
    const migrated = planDigest(plan, { ...release, migrations: { ...release.migrations, files: [] } });
    assert.equal(new Set([planDigest(plan, release), migrated, ...others]).size, 6);
  });

  it('has the same shape on another pair of databases, and no other difference', () => {
    const staging = samplePlan({ id: 'staging', source: { ...plan.source, at: 'staging.example.com:5432/app' } });
    assert.equal(shapeDigest(staging, release), shapeDigest(plan, release));
    assert.notEqual(shapeDigest(samplePlan({ strategy: 'copy' }), release), shapeDigest(plan, release));
  });

  it('names what it makes so that both directions stay apart', () => {
    const { publication, slot, feed, subscription, back } = namesOf(plan);
    assert.deepEqual([publication, slot, subscription], ['sallyport_move', 'sallyport_move', 'sallyport_move']);
    assert.equal(new Set([slot, feed, back]).size, 3);
  });
});
