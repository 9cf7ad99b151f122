import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import { markBuilding, markCandidate, readCandidate } from '../../../gates/cutover/candidate.ts';
import { databaseId } from '../../../gates/cutover/database-id.ts';
import { type CutoverInputs, namesOf } from '../../../gates/cutover/plan.ts';
import { backfillGate } from '../../../gates/cutover-backfill/cutover-backfill.ts';
import type { BackfillFacts, BackfillParts, CopyRequest } from '../../../gates/cutover-backfill/facts.ts';
import { judgeBackfill } from '../../../gates/cutover-backfill/judge-backfill.ts';
import { cutoverEvents } from '../../../gates/kernel/ledger/cutover-event.ts';
import { releasePromotionLocks } from '../../../gates/kernel/promotion-lock.ts';
import { gateProvider } from '../../../gates/kernel/provider.ts';
import type { Receipt } from '../../../gates/kernel/receipt.ts';
import { unknownSentinel } from '../../../gates/kernel/unknown.ts';
import { readSecret } from '../../../infra/local/secrets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type CutoverPair, cutoverPair, leftOn, settle } from '../cutover/replication/cutover-pair.ts';
import { freshDatabase, type TestDatabase } from '../local-environment.ts';
import { artifactsIn, passedBefore } from '../sample-gate.ts';
import { sampleInputs, sampleRelease } from '../sample-release.ts';
import { majors, verifyDatabase } from '../verify/verify-servers.ts';

const schema = { build: 'b1', sourceId: '1/1', targetId: '2/2' };
const candidate = {
  cutover: 'one',
  build: 'b1',
  state: 'building',
  plan: 'p',
  source: '1/1',
  since: '',
  note: '',
} as const;
const facts: BackfillFacts = { candidate, sourceId: '1/1', targetId: '2/2', frozen: undefined };

describe('the verdict on a candidate before its rows', () => {
  const table: readonly (readonly [string, 'replicate' | 'copy', Partial<BackfillFacts>, readonly string[]])[] = [
    ['lets a build through that the schema stage made', 'replicate', {}, []],
    ['lets one through that was verified before', 'replicate', { candidate: { ...candidate, state: 'verified' } }, []],
    ['blocks a target without a mark', 'replicate', { candidate: undefined }, ['CANDIDATE_NOT_READY']],
    ['blocks another build', 'replicate', { candidate: { ...candidate, build: 'b2' } }, ['CANDIDATE_NOT_READY']],
    ['blocks another cutover', 'replicate', { candidate: { ...candidate, cutover: 'two' } }, ['CANDIDATE_NOT_READY']],
    ['blocks a refused one', 'replicate', { candidate: { ...candidate, state: 'refused' } }, ['CANDIDATE_NOT_READY']],
    ['blocks one that serves', 'replicate', { candidate: { ...candidate, state: 'serving' } }, ['CANDIDATE_NOT_READY']],
    ['blocks another source than was looked at', 'replicate', { sourceId: '3/1' }, ['SIDE_MOVED']],
    ['blocks another target than was built', 'replicate', { targetId: '3/1' }, ['SIDE_MOVED']],
    ['blocks a copy of a source that is written to', 'copy', {}, ['BACKFILL_SOURCE_WRITABLE']],
    ['lets a copy of a frozen source through', 'copy', { frozen: 'since noon' }, []],
  ];
  for (const [name, strategy, changes, codes] of table) {
    it(name, () => {
      const findings = judgeBackfill({ ...facts, ...changes }, { id: 'one', strategy }, schema);
      assert.deepEqual(
        findings.map(({ code }) => code),
        codes,
      );
    });
  }
});

describe('the gate that carries the rows over', function () {
  this.timeout(300_000);
  const release = sampleRelease();
  const said: string[] = [];
  const copies: CopyRequest[] = [];
  let frozen: string | undefined;
  const parts: BackfillParts = {
    deferSlow: async () => said.push('put off'),
    restoreSlow: async (_target, say) => say('made again'),
    copyAll: async (request) => copies.push(request),
    frozenSince: async () => frozen,
  };
  const provider = gateProvider(backfillGate(parts));
  let on: TestDatabase;
  let pair: CutoverPair;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let inputs: CutoverInputs;
  let outs: Record<string, unknown>;

  before(async () => {
    on = await freshDatabase();
    folder = await temporaryFolder();
    const password = await readSecret(on.platform.directory ?? '', 'database-password-postgres');
    const { host, port, database } = on.database;
    const target = await verifyDatabase(majors.target);
    pair = await cutoverPair(
      `postgres://postgres:${encodeURIComponent(password)}@${host}:${port}/${database}`,
      target.url,
    );
    inputs = await inputsOf(pair.build);
  });
  beforeEach(() => {
    said.length = 0;
  });
  after(async () => {
    await releasePromotionLocks();
    await pair.close();
    await folder.remove();
  });

  async function inputsOf(build: string): Promise<CutoverInputs> {
    const data = { build, sourceId: await databaseId(pair.source), targetId: await databaseId(pair.target) };
    const receipts: Receipt[] = [
      await passedBefore(on, release, 'cutover-preflight'),
      await passedBefore(on, release, 'cutover-schema', data),
    ];
    const { platform, database } = on;
    return {
      ...sampleInputs({ release, platform, database, receipts, artifacts: artifactsIn(folder.path) }),
      plan: pair.plan,
    };
  }
  const checked = async (): Promise<{ drift?: string; failures: readonly string[] }> => {
    const { inputs: news, failures } = await provider.check(inputs, inputs);
    return { ...(news as { drift?: string }), failures: failures.map(({ reason }) => reason) };
  };

  it('is only planned in a preview that does not know the receipts yet', async () => {
    const { failures } = await provider.check({}, { ...inputs, receipts: unknownSentinel });
    assert.deepEqual(failures, []);
  });

  it('does nothing without the receipt of the schema stage', async () => {
    const receipts = inputs.receipts.slice(0, 1);
    await assert.rejects(provider.create({ ...inputs, receipts }), /RECEIPT_MISSING cutover-schema/);
    assert.deepEqual(await leftOn(pair), []);
  });

  it('carries every row over, with evidence, and leaves the target following', async () => {
    const created = await provider.create(inputs as unknown as Record<string, unknown>);
    outs = { ...inputs, ...created.outs };
    const receipt = created.outs.receipt as Receipt;
    assert.equal(receipt.data.slot, namesOf(pair.plan).slot);
    assert.match(String(receipt.data.lsn), /^[0-9A-F]+\/[0-9A-F]+$/);
    const evidence = JSON.parse(await readFile(join(folder.path, release.sha, 'backfill.json'), 'utf8'));
    assert.deepEqual([evidence.verdict, evidence.strategy, evidence.begun], ['passed', 'replicate', 'new']);
    const plain = evidence.tables.find((each: { table: string }) => each.table === 'public.plain');
    assert.equal(plain.rows, 20_000);
    assert.ok(plain.bytes > 1_000_000 && evidence.bytesPerSecond > 0);
    const client = await on.session();
    const steps = (await cutoverEvents(client, pair.plan.id)).map(({ step }) => step);
    await client.end();
    assert.deepEqual(steps, ['backfill-begun', 'backfill-done']);
    assert.ok(said.includes('put off'), 'what slows a load is put off before rows come');
    await pair.source.query(`update public.plain set body = 'later' where id < 100`);
    await settle(pair);
    assert.deepEqual(await pair.differences(), []);
  });

  it('has nothing to do as long as the target follows, nor after the flip', async () => {
    assert.deepEqual(await checked().then(({ drift, failures }) => [drift, failures]), [undefined, []]);
    await pair.target.query(`update sallyport.candidate set state = 'serving'`);
    await pair.target.query(`alter subscription ${namesOf(pair.plan).subscription} disable`);
    assert.equal((await checked()).drift, undefined);
    await pair.target.query(`update sallyport.candidate set state = 'building'`);
  });

  it('runs again where the subscription stopped, and goes on from what there is', async () => {
    assert.deepEqual(await checked().then(({ drift, failures }) => [drift, failures]), [
      'the subscription is disabled',
      [],
    ]);
    await provider.update('id', outs, inputs as unknown as Record<string, unknown>);
    assert.ok(!said.includes('put off'), 'nothing is put off again');
    assert.equal((await checked()).drift, undefined);
    assert.deepEqual(await pair.differences(), []);
  });

  it('refuses a verified candidate that is cut off, and leaves nothing on the source', async () => {
    await markCandidate(pair.target, pair.build, 'verified', 'root');
    await pair.source.query(`drop publication ${namesOf(pair.plan).publication}`);
    assert.deepEqual(await checked().then(({ drift, failures }) => [drift, failures]), [
      'publications of other tables',
      [],
    ]);
    const again = provider.update('id', outs, inputs as unknown as Record<string, unknown>);
    await assert.rejects(again, /REPLICATION_LOST candidate: found publications of other tables/);
    assert.equal((await readCandidate(pair.target))?.state, 'refused');
    assert.deepEqual(await leftOn(pair), []);
    await assert.rejects(
      provider.update('id', outs, inputs as unknown as Record<string, unknown>),
      /CANDIDATE_NOT_READY/,
    );
  });

  it('takes away what it made when it leaves the stack, again and again', async () => {
    const mark = (await readCandidate(pair.target)) ?? assert.fail('no mark');
    inputs = await inputsOf(await markBuilding(pair.target, mark));
    const { outs: made } = await provider.create(inputs as unknown as Record<string, unknown>);
    assert.notDeepEqual(await leftOn(pair), []);
    await provider.delete?.('id', made);
    assert.deepEqual(await leftOn(pair), []);
    await provider.delete?.('id', made);
  });

  it('copies a frozen source by the other strategy, and no other one', async () => {
    const plan = { ...pair.plan, strategy: 'copy' as const };
    const copying = { ...inputs, plan } as unknown as Record<string, unknown>;
    await assert.rejects(provider.create(copying), /BACKFILL_SOURCE_WRITABLE/);
    assert.equal(copies.length, 0);
    frozen = 'since noon';
    const { outs: made } = await provider.create(copying);
    assert.deepEqual(
      [copies.length, copies[0]?.epoch, (made.receipt as Receipt).data.strategy],
      [1, 'since noon', 'copy'],
    );
  });
});
