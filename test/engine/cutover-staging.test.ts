import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { type CutoverProject, cutoverProject } from '../support/cutover-project.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';
import { type StagingPair, stagingPair } from '../support/staging-pair.ts';

describe('a cutover whose way back was rehearsed on a staging pair', function () {
  this.timeout(900_000);
  let desk: CutoverProject;
  let staging: StagingPair;
  let root = '';
  let rehearsed = '';
  /** The file as the rehearsal wrote it. */
  let written = '';
  before(async () => {
    desk = await cutoverProject();
    staging = await stagingPair(desk);
  });
  after(async () => {
    await staging?.remove();
    await desk?.remove();
  });

  const file = () => join(desk.project.root, staging.rehearsal);
  /** Nothing was moved. */
  const refused = async (reason: string) => {
    const { output } = assertRefused(await desk.cutover(), reason);
    assert.doesNotMatch(output, /cutover-flip:/);
    assert.equal(await desk.serving(), 'source');
    return output;
  };
  /** Puts another record into the file; gives its digest, as the gate names it. */
  const changed = async (change: Record<string, unknown>) => {
    await writeFile(file(), `${JSON.stringify({ ...JSON.parse(written), ...change }, null, 2)}\n`);
    const output = await refused('WAY_BACK_');
    return { output, digest: /file ([0-9a-f]{64}), which is not approved/.exec(output)?.[1] };
  };

  it('is rehearsed there for real, and production is not touched by it', async () => {
    const built = await staging.run('cutover', 'up', '--yes', '--skip-preview');
    assert.equal(built.code, 0, built.output);
    const { code, output } = await staging.run('rehearse-rollback');
    assert.equal(code, 0, output);
    rehearsed = /^rehearse-rollback: sha256 ([0-9a-f]{64})$/m.exec(output)?.[1] ?? '';
    assert.notEqual(rehearsed, '', output);
    written = await readFile(file(), 'utf8');
    const { verdict, cutover } = JSON.parse(written);
    assert.deepEqual({ verdict, cutover }, { verdict: 'passed', cutover: 'desk_staging' });
    assert.equal(await staging.pointer(), staging.sourcePort, 'staging is back on its source');
    assert.deepEqual(await desk.sql('target', `select from pg_tables where schemaname = 'public'`), []);
  });

  it('is not flipped by that file alone: no ledger of this pair knows it', async () => {
    desk.config.cutover.rehearsal.evidence = staging.rehearsal;
    const output = await refused(`WAY_BACK_NOT_APPROVED ${staging.rehearsal}: found a rehearsal of another stack`);
    assert.ok(output.includes(`needed an approval of ${rehearsed} by reviewer`), output);
    ({ root } = await desk.evidence('verification.json'));
    await desk.approve(root);
    assert.doesNotMatch(await refused('WAY_BACK_NOT_APPROVED'), /APPROVAL_MISSING/);
  });

  it('takes the word of the operator for it no more than for the root', async () => {
    desk.project.env.CUTOVER_REVIEWER_URL = await desk.url('source');
    const own = await desk.tool('approve', rehearsed);
    delete desk.project.env.CUTOVER_REVIEWER_URL;
    assert.match(own.output, /it will not count: the plan's reviewer is reviewer/);
    await refused('WAY_BACK_NOT_APPROVED');
  });

  it('is refused where the file was changed by hand after it was approved', async () => {
    assert.match(await desk.approve(rehearsed), new RegExp(`approve: rehearsal in .*, ${rehearsed}`));
    const { digest } = await changed({ wayBackSeconds: 0.1 });
    assert.notEqual(digest, undefined);
    assert.notEqual(digest, rehearsed);
  });

  it('is refused where it is too long ago, also if that file was approved', async () => {
    const old = { finishedAt: new Date(Date.now() - 73 * 3_600_000).toISOString() };
    const { digest, output } = await changed(old);
    assert.match(output, /WAY_BACK_EXPIRED/);
    await desk.approve(digest ?? '');
    assert.doesNotMatch(await refused('WAY_BACK_EXPIRED'), /WAY_BACK_NOT_APPROVED/);
  });

  it('is refused where it was rehearsed on other versions', async () => {
    const { output } = await changed({ sourceMajor: 15 });
    assert.match(output, /WAY_BACK_OF_OTHER .*: found a rehearsal from PostgreSQL 15 to 18; needed one from 18 to 18/);
    await writeFile(file(), written);
  });

  it('is refused where the plan is another one than what was rehearsed', async () => {
    const { freeze } = desk.config.cutover;
    desk.config.cutover.freeze = { ...freeze, graceSeconds: freeze.graceSeconds + 1 };
    await refused('WAY_BACK_OF_OTHER');
    desk.config.cutover.freeze = freeze;
  });

  it('is flipped with the very file that was rehearsed and approved', async () => {
    const { code, output } = await desk.cutover();
    assert.equal(code, 0, output);
    assert.match(output, /cutover-gate: passed/);
    assert.match(output, /cutover-watch: passed/);
    assert.equal((await desk.evidence('cutover-gate.json')).rehearsal.sha256, rehearsed);
    assert.equal(await desk.serving(), 'target');
    assert.equal(await staging.pointer(), staging.sourcePort, 'staging is where it was');
    await assertServing(desk.project, desk.project.config.release.sha);
  });
});
