import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { type RehearsalRecord, rehearsalFile, rehearsedStep } from '../../../gates/cutover/rehearsal-record.ts';
import { beginFlipRun } from '../../../gates/cutover/steps/flip-journal.ts';
import type { FoundRehearsal } from '../../../gates/cutover-gate/facts.ts';
import { readRehearsal } from '../../../gates/cutover-gate/read-rehearsal.ts';
import { sha256 } from '../../../gates/kernel/digest.ts';
import { recordEvent } from '../../../gates/kernel/ledger/cutover-event.ts';
import { ensureLedger } from '../../../gates/kernel/ledger/schema.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { samplePlan } from '../cutover/sample-plan.ts';
import { freshDatabase, type TestDatabase } from '../local-environment.ts';
import { artifactsIn } from '../sample-gate.ts';
import { sampleRelease } from '../sample-release.ts';

const record: RehearsalRecord = {
  version: 1,
  cutover: 'move',
  shape: 's',
  sourceId: '1/5',
  targetId: '2/5',
  sourceMajor: 17,
  targetMajor: 18,
  root: 'r',
  startedAt: '2025-03-09T12:00:00.000Z',
  finishedAt: '2025-03-09T12:10:00.000Z',
  steps: [],
  wayBackSeconds: 12.5,
  verdict: 'passed',
  reason: null,
};
const text = JSON.stringify(record);
const passed = { sha256: sha256(text), verdict: 'passed' };

describe('what the gate finds of a rehearsal', () => {
  const release = sampleRelease();
  const plan = samplePlan();
  let on: TestDatabase;
  let ledger: Client;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let artifacts: string;
  let own: string;

  before(async () => {
    on = await freshDatabase();
    ledger = await on.session();
    await ensureLedger(ledger);
    folder = await temporaryFolder();
    artifacts = artifactsIn(folder.path);
    own = rehearsalFile(artifacts, release.sha);
    await mkdir(join(folder.path, release.sha));
    await writeFile(join(folder.path, release.sha, 'rehearsal.json'), text);
    await writeFile(join(folder.path, 'staging.json'), text);
  });
  after(async () => {
    await ledger.end();
    await folder.remove();
  });

  const begin = (rehearsal: boolean) => beginFlipRun(ledger, plan, { rehearsal, from: on.database });
  const found = async (rehearsal = own): Promise<Extract<FoundRehearsal, { kind: 'found' }>> => {
    const read = await readRehearsal(ledger, { rehearsal, artifacts, release, plan });
    assert.ok(read.kind === 'found', JSON.stringify(read));
    return read;
  };
  const staging = () => found(join(artifacts, 'staging.json'));

  it('is a file that no ledger knows, before one was begun here', async () => {
    const { foreign, onRecord, unanswered } = await found();
    assert.deepEqual({ foreign, onRecord, unanswered }, { foreign: false, onRecord: false, unanswered: undefined });
    assert.deepEqual([(await staging()).foreign, (await staging()).unanswered], [true, undefined]);
  });

  it('is the record of the last one that was begun, also after a flip and another cutover', async () => {
    await begin(true);
    await recordEvent(ledger, plan.id, rehearsedStep, passed);
    await begin(false);
    await beginFlipRun(ledger, { id: 'other' }, { rehearsal: true, from: on.database });
    const { onRecord, unanswered } = await found();
    assert.deepEqual({ onRecord, unanswered }, { onRecord: true, unanswered: undefined });
    assert.equal((await staging()).unanswered, undefined);
  });

  it('is of no worth once another was begun that left no record', async () => {
    await begin(true);
    const { onRecord, unanswered } = await found();
    assert.equal(onRecord, true);
    assert.ok(Date.now() - Date.parse(unanswered ?? '') < 60_000, unanswered);
    assert.equal((await staging()).unanswered, unanswered);
  });

  it('is of no worth where that one left another record; of a staging pair only unless it passed', async () => {
    await recordEvent(ledger, plan.id, rehearsedStep, { sha256: 'another', verdict: 'errored' });
    assert.notEqual((await found()).unanswered, undefined);
    assert.notEqual((await staging()).unanswered, undefined);
    await recordEvent(ledger, plan.id, rehearsedStep, { sha256: 'yet another', verdict: 'passed' });
    assert.notEqual((await found()).unanswered, undefined);
    assert.equal((await staging()).unanswered, undefined);
  });

  it('counts again with a record of its own', async () => {
    await recordEvent(ledger, plan.id, rehearsedStep, passed);
    assert.equal((await found()).unanswered, undefined);
  });
});
