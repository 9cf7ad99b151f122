import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { readEnvironment } from '../../infra/local/environment.ts';
import { type CutoverProject, cutoverProject } from '../support/cutover-project.ts';
import { loadDesk } from '../support/desk-load.ts';
import { assertRefused } from '../support/promotion-project.ts';

describe('an application that moves to another database by a copy, its writes stopped meanwhile', () => {
  let desk: CutoverProject;
  before(async () => {
    desk = await cutoverProject();
    desk.config.cutover.strategy = 'copy';
  });
  after(() => desk?.remove());

  const portOf = async (side: 'source' | 'target') => Number(new URL(await desk.url(side)).port);
  const pointer = async () => (await readEnvironment(desk.project.directory))?.database.port;

  it('is not copied while it takes writes', async () => {
    assertRefused(await desk.cutover(), 'SOURCE_NOT_FROZEN');
  });

  it('is frozen, copied, proven equal, rehearsed, approved and flipped to', async () => {
    const frozen = await desk.tool('freeze');
    assert.equal(frozen.code, 0, frozen.output);
    desk.config.cutover.stage = 'verify';
    const built = await desk.cutover();
    assert.equal(built.code, 0, built.output);
    const { root } = await desk.evidence('verification.json');
    const rehearsed = await desk.tool('rehearse-rollback');
    assert.equal(rehearsed.code, 0, rehearsed.output);
    assert.match(rehearsed.output, /stays so; npm run thaw opens it/);
    const approved = await desk.tool('approve', root);
    assert.equal(approved.code, 0, approved.output);
    desk.config.cutover.stage = 'all';
    const flipped = await desk.cutover();
    assert.equal(flipped.code, 0, flipped.output);
    assert.equal(await pointer(), await portOf('target'));
    const load = await loadDesk(desk.project);
    const { failedReads, acknowledged } = await load.stop();
    assert.deepEqual(failedReads, []);
    assert.ok(acknowledged.length > 0, 'the target takes writes');
  });
});
