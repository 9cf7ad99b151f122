import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type AzureCutoverProject, azureCutoverProject } from '../support/azure/azure-cutover-project.ts';
import type { DeskLoad } from '../support/desk-load.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';

describe('an application on Azure that moves to another server, from PostgreSQL 17 to 18', function () {
  this.timeout(600_000);
  let desk: AzureCutoverProject;
  let root = '';
  before(async () => {
    desk = await azureCutoverProject(17);
  });
  after(() => desk?.remove());

  const references = async (side: 'source' | 'target') =>
    (await desk.sql<{ reference: string }>(side, 'select reference from events')).map(({ reference }) => reference);
  /** Every acknowledged write is there, once; reads were answered all the time. */
  const assertNothingLost = async (side: 'source' | 'target', { acknowledged, failedReads, reads }: DeskLoad) => {
    const there = await references(side);
    assert.equal(new Set(there).size, there.length, 'an event is there twice');
    const kept = new Set(there);
    assert.deepEqual(
      acknowledged.filter((reference) => !kept.has(reference)),
      [],
      'acknowledged writes are lost',
    );
    assert.ok(acknowledged.length > 20, `only ${acknowledged.length} writes`);
    assert.deepEqual(failedReads, [], `of ${reads} reads`);
  };
  const pointedTo = async () => (await (await desk.project.platform()).pointer?.read())?.port;

  it('is built beside the source by the migration job, and proven equal while it is written to', async () => {
    desk.config.cutover.stage = 'verify';
    const load = await desk.load();
    const { code, output } = await desk.cutover();
    const seen = await load.stop();
    assert.equal(code, 0, output);
    await assertNothingLost('source', seen);
    ({ root } = await desk.evidence('verification.json'));
    const { migrated, logs } = await desk.evidence('cutover-schema.json');
    assert.equal(migrated, true);
    assert.match(logs.join('\n'), /applied/);
    assert.equal(await pointedTo(), desk.databases.source.port);
  });
});
