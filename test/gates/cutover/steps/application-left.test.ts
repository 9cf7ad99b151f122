import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Client } from 'pg';
import { markBuilding, markCandidate } from '../../../../gates/cutover/candidate.ts';
import { type ApplicationLeft, applicationLeft } from '../../../../gates/cutover/steps/application-left.ts';
import { beginFlipRun, runSteps } from '../../../../gates/cutover/steps/flip-journal.ts';
import { recordEvent } from '../../../../gates/kernel/ledger/cutover-event.ts';
import { ensureLedger } from '../../../../gates/kernel/ledger/schema.ts';
import { verdictOf } from '../../../../gates/kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../../../../gates/preflight/facts.ts';
import { preflight } from '../../../../gates/preflight/preflight.ts';
import { freshDatabase } from '../../local-environment.ts';
import { factsWith, preflightInputs } from '../../preflight/sample-facts.ts';

const from = { host: 'old.example.com', port: 5432, database: 'desk', tls: true };
const to = 'new.example.com:5432/desk';

describe('the application of a database', () => {
  let client: Client;
  before(async () => {
    client = await (await freshDatabase()).session();
  });
  after(() => client.end());
  beforeEach(async () => {
    await client.query('drop schema if exists sallyport cascade');
    await ensureLedger(client);
  });

  const step = (name: string, detail = {}) => recordEvent(client, 'move', name, detail);
  const flip = async (rehearsal = false) => {
    await beginFlipRun(client, { id: 'move' }, { rehearsal, from });
    await step('flip: point', { to });
  };
  const flipped = async () => {
    await flip();
    await step(runSteps.finished);
  };

  it('has it where there is no ledger, and where no cutover was carried out', async () => {
    await step('freeze source: begun');
    assert.equal(await applicationLeft(client), undefined);
    await client.query('drop schema sallyport cascade');
    assert.equal(await applicationLeft(client), undefined);
  });

  it('has left it after a flip, also by another cutover than the last', async () => {
    await flipped();
    await recordEvent(client, 'another', runSteps.begun, { rehearsal: true, from });
    await recordEvent(client, 'another', runSteps.undone);
    const left = await applicationLeft(client);
    assert.deepEqual({ ...left, since: '' }, { cutover: 'move', state: 'flipped', to, since: '' });
    assert.match(left?.since ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d$/);
  });

  it('is under way while a flip, a rehearsal or a way back has not ended', async () => {
    await flip(true);
    assert.equal((await applicationLeft(client))?.state, 'flipping');
    await step(runSteps.undoing);
    assert.equal((await applicationLeft(client))?.state, 'undoing');
    await step(runSteps.undone);
    await flipped();
    await step(runSteps.backBegun);
    assert.equal((await applicationLeft(client))?.state, 'returning');
  });

  it('has it again after a way back', async () => {
    await flipped();
    await step(runSteps.backBegun);
    await step(runSteps.backFinished);
    assert.equal(await applicationLeft(client), undefined);
  });

  it('has it again where another cutover brought it, and not for a mark from before', async () => {
    const build = await markBuilding(client, { cutover: 'return', plan: 'p'.repeat(64), source: '1/5' });
    await markCandidate(client, build, 'serving', '');
    await client.query(`update sallyport.candidate set since = clock_timestamp() - interval '1 hour'`);
    await flipped();
    assert.equal((await applicationLeft(client))?.state, 'flipped');
    await client.query(`update sallyport.candidate set since = clock_timestamp() + interval '2 s'`);
    assert.equal(await applicationLeft(client), undefined);
  });
});

describe('a promotion on a database that the application left', () => {
  const since = '2026-03-01 10:00:00+00';
  const judged = (left: ApplicationLeft | undefined, changes: Partial<PreflightInputs> = {}) => {
    const facts: PreflightFacts = factsWith({ left });
    return preflight.judge(facts, preflightInputs(changes));
  };
  const left = (state: ApplicationLeft['state']) => ({ cutover: 'move', state, to, since });

  for (const [state, code, verdict] of [
    ['flipped', 'DATABASE_LEFT', 'failed'],
    ['flipping', 'FLIP_UNFINISHED', 'inconclusive'],
    ['undoing', 'FLIP_UNFINISHED', 'inconclusive'],
    ['returning', 'WAY_BACK_UNFINISHED', 'inconclusive'],
  ] as const) {
    it(`is refused while the cutover is ${state}`, () => {
      const findings = judged(left(state));
      assert.deepEqual(
        findings.map((finding) => finding.code),
        [code],
      );
      assert.equal(verdictOf(findings), verdict);
    });
  }

  it('is told where the application is, and what names it on each platform', () => {
    const { platform } = preflightInputs();
    const on = (kind: 'local' | 'azure') => judged(left('flipped'), { platform: { ...platform, kind } })[0];
    assert.equal(on('azure')?.found, `the application on ${to} since ${since}`);
    assert.match(on('azure')?.needed ?? '', /sallyport:platform\.server and sallyport:platform\.database/);
    assert.match(on('local')?.needed ?? '', /pointer of the environment/);
  });

  it('goes on where nobody moved it', () => assert.deepEqual(judged(undefined), []));
});
