import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { databaseId } from '../../../../gates/cutover/database-id.ts';
import { rehearsalRecord } from '../../../../gates/cutover/rehearsal-record.ts';
import type { FlipContext } from '../../../../gates/cutover/steps/flip-context.ts';
import { readFlipRun } from '../../../../gates/cutover/steps/flip-journal.ts';
import { withFlipContext } from '../../../../gates/cutover/steps/open-flip-context.ts';
import { rehearseRollback } from '../../../../gates/cutover/steps/rehearse-rollback.ts';
import { type PromotedPair, promotedPair, testParts } from './promoted-pair.ts';

const endSessions = `
select pg_terminate_backend(pid) from pg_stat_activity
where application_name = 'sallyport cutover test' and pid <> pg_backend_pid()`;

describe('a rehearsal whose target is lost on the way', function () {
  this.timeout(300_000);
  let pair: PromotedPair;
  before(async () => {
    pair = await promotedPair();
  });
  after(() => pair?.remove());

  it('goes back, and leaves a record that it did not end well', async () => {
    const plan = pair.plan();
    await pair.build(plan);
    const inputs = await pair.inputs(plan);
    const { world, close } = pair.world(inputs);
    const { release, database, probe, drainSeconds, healthSeconds } = inputs;
    const lost = async () => {
      const operator = new Client({ connectionString: process.env.TEST_TARGET_DIRECT_URL });
      await operator.connect();
      await operator.query(endSessions);
      await operator.end();
      throw new Error('the target is gone');
    };
    const partsOf = testParts(plan, { lastDifference: lost });
    const ground = { plan, release, rollout: { probe, drainSeconds, healthSeconds }, world, database, partsOf };
    const within = <T>(work: (context: FlipContext) => Promise<T>) => withFlipContext(ground, work);
    const record = rehearsalRecord.parse(await within((context) => rehearseRollback(context, within)));
    assert.equal(record.verdict, 'errored');
    assert.match(record.reason ?? '', /the target is gone/);
    assert.ok(record.wayBackSeconds !== null);
    const target = await pair.operator(plan, 'target');
    assert.deepEqual([record.targetId, record.targetMajor], [await databaseId(target), 18]);
    assert.deepEqual(await (await pair.project.platform()).pointer?.read(), pair.source);
    assert.equal(await readFlipRun(await world.database(), plan), undefined);
    await close();
  });
});
