import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { actFlip } from '../../../gates/cutover-flip/act.ts';
import type { CutoverFlipInputs } from '../../../gates/cutover-flip/facts.ts';
import { cutoverWatch } from '../../../gates/cutover-watch/cutover-watch.ts';
import { sha256 } from '../../../gates/kernel/digest.ts';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type PromotedPair, promotedPair, testParts } from '../cutover/steps/promoted-pair.ts';
import { artifactsIn } from '../sample-gate.ts';

const unheld = `select subject from public.holds where case_id is null`;
const invariants = [{ file: 'no-hold-without-a-case.sql', sql: unheld }];

describe('the watch of a database that serves after a flip', function () {
  this.timeout(300_000);
  let pair: PromotedPair;
  let inputs: CutoverFlipInputs;
  let target: Client;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    pair = await promotedPair();
    folder = await temporaryFolder();
    const plan = pair.plan({ invariants });
    await pair.build(plan);
    inputs = { ...(await pair.inputs(plan)), artifacts: artifactsIn(folder.path) };
    const { world, close } = pair.world(inputs);
    await actFlip(world, inputs, () => testParts(plan));
    await close();
    target = await pair.operator(plan, 'target');
  });
  after(async () => {
    await pair?.remove();
    await folder?.remove();
  });

  async function watched() {
    const { world, close } = pair.world(inputs);
    try {
      const facts = await cutoverWatch.inspect(world, inputs);
      const evidence = cutoverWatch.evidence.body.parse(cutoverWatch.report(inputs, facts, undefined));
      const found = cutoverWatch
        .judge(facts, inputs)
        .map(({ code, about, found: what }) => `${code} ${about}: ${what}`);
      return { found, evidence };
    } finally {
      await close();
    }
  }
  /** Past its triggers, as a load or a replication would put rows there. */
  async function changed(sql: string): Promise<void> {
    await target.query(`begin; set local session_replication_role = replica; ${sql}; commit`);
  }

  it('passes as it was flipped to, with evidence of the very records of its run', async () => {
    const { found, evidence } = await watched();
    assert.deepEqual(found, []);
    assert.equal(evidence.pointed, inputs.plan.target.at);
    const digest = async (name: string) => sha256(await readFile(join(projectRoot, String(evidence.folder), name)));
    assert.deepEqual([evidence.runSha256, evidence.scanSha256], [await digest('run.json'), await digest('scan.json')]);
  });

  it('is closed where an invariant is broken', async () => {
    await changed(`insert into public.holds (subject, reason) values ('account-1', 'by hand')`);
    const { found, evidence } = await watched();
    assert.equal(found.length, 1, found.join('; '));
    assert.match(found[0] ?? '', /^INVARIANT_BROKEN no-hold-without-a-case\.sql: /);
    const checks = evidence.checks as readonly { readonly findings: number }[];
    assert.equal(checks.filter(({ findings }) => findings > 0).length, 1);
    await changed(`delete from public.holds where reason = 'by hand'`);
  });

  it('is closed where a row has lost the one that it refers to', async () => {
    await changed(`update public.holds set case_id = 4711`);
    const { found } = await watched();
    assert.equal(found.length, 1, found.join('; '));
    assert.match(found[0] ?? '', /^FOREIGN_KEY_BROKEN holds_case_id_fkey on public\.holds: 1 rows without theirs$/);
    await changed(`update public.holds set case_id = (select id from public.cases where status = 'open')`);
  });

  it('is closed where an index is not valid any more', async () => {
    const flag = (valid: boolean) =>
      `update pg_catalog.pg_index set indisvalid = ${valid} where indexrelid = 'public.holds_one_active_a_subject'::regclass`;
    await target.query(flag(false));
    const { found } = await watched();
    await target.query(flag(true));
    assert.equal(found.length, 1, found.join('; '));
    assert.match(found[0] ?? '', /holds_one_active_a_subject/);
    assert.deepEqual((await watched()).found, []);
  });
});
