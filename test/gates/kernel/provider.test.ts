import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { sha256 } from '../../../gates/kernel/digest.ts';
import { envelopeSchema } from '../../../gates/kernel/evidence.ts';
import type { Gate } from '../../../gates/kernel/gate.ts';
import { GateError, gateError } from '../../../gates/kernel/gate-error.ts';
import { writeAccepted } from '../../../gates/kernel/ledger/accepted.ts';
import { releasePromotionLocks } from '../../../gates/kernel/promotion-lock.ts';
import { gateProvider } from '../../../gates/kernel/provider.ts';
import type { Receipt } from '../../../gates/kernel/receipt.ts';
import { unknownSentinel } from '../../../gates/kernel/unknown.ts';
import { blocker } from '../../../gates/kernel/verdict.ts';
import { interrupt } from '../../support/interrupt.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { freshDatabase, type TestDatabase } from '../local-environment.ts';
import { acceptedAs } from '../preflight/sample-facts.ts';
import { passedBefore, sampleGate, sampleGateInputs } from '../sample-gate.ts';
import { receiptFor, sampleRelease } from '../sample-release.ts';

const release = sampleRelease();

describe('the provider of a gate', () => {
  let on: TestDatabase;
  let client: Client;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let preflight: Receipt;
  before(async () => {
    on = await freshDatabase();
    client = await on.session();
    folder = await temporaryFolder();
    preflight = await passedBefore(on, release, 'preflight', { mode: 'forward' });
  });
  after(async () => {
    await client.end();
    await releasePromotionLocks();
    await folder.remove();
  });

  const inputsWith = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
    ...sampleGateInputs(on, [preflight], folder.path),
    ...changes,
  });

  /** `olds` are the inputs that the gate let through before, as the engine gives them to `check`. */
  async function check(changes: Record<string, unknown>, gate = sampleGate(), olds: Record<string, unknown> = {}) {
    const { inputs, failures } = await gateProvider(gate).check(olds, inputsWith(changes));
    assert.ok(failures.every(({ property }) => property === ''));
    return { inputs, failures: failures.map(({ reason }) => reason) };
  }

  /** Fails unless the gate stays closed; gives the error, and the evidence that was left. */
  async function closed(changes: Record<string, unknown>, gate = sampleGate()) {
    const error = await gateProvider(gate)
      .create(inputsWith(changes))
      .then(
        () => assert.fail('the gate let the release through'),
        (thrown: unknown) => thrown,
      );
    assert.ok(error instanceof GateError, String(error));
    return { error, evidence: await evidenceOf(gate) };
  }

  async function evidenceOf({ evidence }: Gate) {
    const text = await readFile(join(folder.path, release.sha, evidence.file), 'utf8');
    return { ...envelopeSchema.loose().parse(JSON.parse(text)), text };
  }

  async function attemptOf(id: number | null) {
    const { rows } = await client.query('select * from sallyport.attempt where id = $1', [id]);
    return rows[0];
  }

  const acting = (changes: Partial<Gate> = {}) =>
    sampleGate({
      name: 'acting',
      evidence: { ...sampleGate().evidence, file: 'acting.json' },
      act: async () => 'done',
      ...changes,
    });

  describe('in check', () => {
    it('says nothing against a release that it will let through', async () => {
      const { inputs, failures } = await check({});
      assert.deepEqual(failures, []);
      assert.deepEqual(inputs, inputsWith());
    });

    it('says what it has against a release, and a warning is no reason', async () => {
      assert.match((await check({ answer: 'no' })).failures.join(), /^BLOCKER SMOKE_ASSERTION_FAILED answer: found no/);
      assert.match((await check({ answer: 'perhaps' })).failures.join(), /^BLOCKER EXECUTION_UNKNOWN/);
      assert.deepEqual((await check({ answer: 'well' })).failures, []);
    });

    it('leaves evidence of a no, beside that of the attempts', async () => {
      const { failures } = await check({ answer: 'no' });
      assert.equal(failures.length, 1);
      const file = sampleGate().evidence.file.replace('.json', '.refused.json');
      const text = await readFile(join(folder.path, release.sha, file), 'utf8');
      const { verdict, attempt, findings } = envelopeSchema.loose().parse(JSON.parse(text));
      assert.equal(verdict, 'failed');
      assert.equal(attempt, null);
      assert.equal(findings.length, 1);
    });

    it('does not look while an input it needs is not known', async () => {
      const gate = sampleGate({ inspect: async () => assert.fail('it looked') });
      assert.deepEqual((await check({ answer: unknownSentinel }, gate)).failures, []);
      assert.deepEqual((await check({ platform: { kind: unknownSentinel } }, gate)).failures, []);
    });

    it('looks without the inputs that it can do without, and they are absent then', async () => {
      let seen: unknown;
      const gate = sampleGate({
        inspect: async (_world, inputs) => {
          seen = inputs;
          return 'no';
        },
      });
      const { failures } = await check({ receipts: [unknownSentinel], extra: unknownSentinel }, gate);
      assert.match(failures.join(), /SMOKE_ASSERTION_FAILED/);
      assert.ok(typeof seen === 'object' && seen !== null && !('extra' in seen) && !('receipts' in seen));
    });

    for (const [what, changes] of [
      ['a release that is none', { release: { sha: 'main' } }],
      ['an input too many', { surprise: true }],
      ['an input of another type', { answer: 5 }],
      ['an input that is missing', { database: undefined }],
      ['receipts that are none', { receipts: ['yes'] }],
    ] as const) {
      it(`refuses ${what}, and so does create`, async () => {
        assert.match((await check(changes)).failures.join(), /^BLOCKER INPUTS_INVALID sample: found/);
        await assert.rejects(gateProvider(sampleGate()).create(inputsWith(changes)), /INPUTS_INVALID/);
      });
    }

    for (const [what, receipts, code] of [
      ['no receipt', () => [], 'RECEIPT_MISSING'],
      ['a receipt of another gate', () => [receiptFor(release, 'guard')], 'RECEIPT_MISSING'],
      ['an altered receipt', () => [{ ...preflight, data: { mode: 'rollback' } }], 'RECEIPT_MISMATCH'],
      [
        'a receipt for another release',
        () => [receiptFor(sampleRelease({ sha: 'aaaaaaa' }), 'preflight')],
        'RECEIPT_MISMATCH',
      ],
    ] as const) {
      it(`refuses ${what}, does not look, and create refuses it too`, async () => {
        const gate = sampleGate({ inspect: async () => assert.fail('it looked') });
        assert.match((await check({ receipts: receipts() }, gate)).failures.join(), new RegExp(`^BLOCKER ${code}`));
        await assert.rejects(gateProvider(gate).create(inputsWith({ receipts: receipts() })), new RegExp(code));
      });
    }

    it('never throws, whatever goes wrong', async () => {
      const broken = sampleGate({ inspect: () => Promise.reject(new Error('broken, password=hunter2')) });
      assert.deepEqual(
        (await check({}, broken)).failures.map((reason) => /UNEXPECTED|hunter2/.exec(reason)?.[0]),
        ['UNEXPECTED'],
      );
      const badJudge = sampleGate({
        judge: () => {
          throw new TypeError('no such thing');
        },
      });
      assert.match((await check({}, badJudge)).failures.join(), /UNEXPECTED/);
    });

    it('looks for drift only at a release that it has let through', async () => {
      let asked = 0;
      const gate = sampleGate({ drift: async () => `moved ${++asked}` });
      const before = inputsWith();
      assert.equal((await check({}, gate)).inputs.drift, undefined);
      assert.equal((await check({}, gate, before)).inputs.drift, 'moved 1');
      assert.equal((await check({ answer: 'well' }, gate, before)).inputs.drift, undefined);
      assert.equal((await check({ drift: 'an old one' }, sampleGate(), before)).inputs.drift, undefined);
    });

    it('tells a live gate whether the release is about to be promoted', async () => {
      const pending: boolean[] = [];
      const gate = sampleGate({
        inspect: async (world) => {
          pending.push(world.pending);
          return 'yes';
        },
      });
      await check({}, gate);
      await check({}, gate, inputsWith());
      await check({ answer: 'well' }, gate, inputsWith());
      assert.deepEqual(pending, [true, false, true]);
    });
  });

  describe('in diff', () => {
    const diff = async (news: Record<string, unknown>, gate = sampleGate()) => {
      const { outs } = await gateProvider(sampleGate()).create(inputsWith());
      return (await gateProvider(gate).diff('id', outs, inputsWith(news))).changes;
    };

    it('has nothing to do when nothing that could change the verdict has changed', async () => {
      assert.equal(await diff({}), false);
      assert.equal(await diff({ change: { owner: 'another-desk' }, __provider: 'other code' }), false);
    });

    for (const [what, news] of [
      ['what the gate calls its subject', { answer: 'well' }],
      ['the release', { release: sampleRelease({ sha: 'bbbbbbb' }) }],
      ['a receipt', { receipts: [receiptFor(release, 'preflight', {}, { attempt: 99 })] }],
      ['something that is not known yet', { receipts: [unknownSentinel] }],
      ['drift', { drift: 'it moved' }],
      ['inputs that it cannot read', { answer: 7 }],
    ] as const) {
      it(`runs again after a change of ${what}`, async () => assert.equal(await diff(news), true));
    }

    it('runs again when its rules have a new version', async () =>
      assert.equal(await diff({}, sampleGate({ rules: 2 })), true));
  });

  describe('in create', () => {
    it('lets a release through with a receipt that the ledger knows and evidence that it is bound to', async () => {
      const { id, outs } = await gateProvider(sampleGate()).create(inputsWith());
      const receipt = outs.receipt as Receipt;
      assert.equal(id, `sample-${receipt.attempt}`);
      assert.deepEqual(receipt.data, { answer: 'yes' });
      const evidence = await evidenceOf(sampleGate());
      assert.equal(evidence.verdict, 'passed');
      assert.equal(receipt.evidence, sha256(evidence.text));
      assert.deepEqual(evidence.previous, [
        { gate: 'preflight', attempt: preflight.attempt, sha256: preflight.evidence },
      ]);
      const attempt = await attemptOf(receipt.attempt);
      assert.equal(attempt.verdict, 'passed');
      assert.equal(attempt.receipt_digest, receipt.digest);
      assert.equal(attempt.evidence, evidence.text);
      assert.doesNotThrow(() => JSON.stringify(outs));
    });

    it('keeps the evidence of an earlier attempt of the same release', async () => {
      const first = (await gateProvider(sampleGate()).create(inputsWith())).outs.receipt as Receipt;
      await gateProvider(sampleGate()).create(inputsWith());
      const kept = join(folder.path, release.sha, 'earlier', `${first.attempt}-${sampleGate().evidence.file}`);
      assert.equal(sha256(await readFile(kept, 'utf8')), first.evidence);
    });

    it('judges anew in update, under a new attempt', async () => {
      const provider = gateProvider(sampleGate());
      const { id, outs } = await provider.create(inputsWith());
      const updated = await provider.update(id, outs, inputsWith({ answer: 'well' }));
      assert.notEqual((updated.outs.receipt as Receipt).attempt, (outs.receipt as Receipt).attempt);
      assert.notEqual(updated.outs.subject, outs.subject);
    });

    for (const [answer, verdict, code] of [
      ['no', 'failed', 'SMOKE_ASSERTION_FAILED'],
      ['perhaps', 'inconclusive', 'EXECUTION_UNKNOWN'],
    ] as const) {
      it(`keeps the gate closed when its verdict is ${verdict}, with evidence and a verdict in the ledger`, async () => {
        const { error, evidence } = await closed({ answer });
        assert.match(
          error.message,
          new RegExp(`^sample is closed: ${verdict}\\. Nothing after it has changed\\.\\n.*${code}`),
        );
        assert.match(error.message, /Evidence: .*sample\.json$/);
        assert.equal(evidence.reasonCode, code);
        assert.deepEqual(await attemptOf(evidence.attempt).then((row) => [row.verdict, row.receipt_digest]), [
          verdict,
          null,
        ]);
      });
    }

    it('does not act when it judges no', async () => {
      await closed({ answer: 'no' }, acting({ act: async () => assert.fail('it acted') }));
    });

    it('keeps the gate closed when acting ends badly, also when judging did not', async () => {
      const conclude = () => [blocker('DRAIN_INCOMPLETE', 'it', 'some', 'none')];
      const { evidence } = await closed({}, acting({ conclude }));
      assert.equal(evidence.verdict, 'inconclusive');
      const broken = await closed({}, acting({ act: () => Promise.reject(new Error('fell over, token=hunter2')) }));
      assert.equal(broken.evidence.verdict, 'errored');
      assert.equal(broken.evidence.reasonCode, 'UNEXPECTED');
      assert.doesNotMatch(`${broken.evidence.text}${broken.error.message}`, /hunter2/);
    });

    it('does not act outside the window, without an owner, or while promotion is on hold', async () => {
      const act = async () => assert.fail('it acted');
      const window = { timeZone: 'UTC', days: ['mon'], from: '00:00', to: '24:00', freeze: [] as string[] };
      const today = new Date();
      const other = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][(today.getUTCDay() + 3) % 7];
      const change = { owner: '', window: { ...window, days: [other] } };
      const { error } = await closed({ change }, acting({ act }));
      assert.deepEqual(
        error.findings.map((finding) => finding.code),
        ['OWNER_MISSING', 'OUTSIDE_WINDOW'],
      );
      await client.query(`insert into sallyport.hold (sha) values ('aaaaaaa')`);
      try {
        assert.match((await closed({}, acting({ act }))).error.message, /PROMOTION_ON_HOLD/);
      } finally {
        await client.query('delete from sallyport.hold');
      }
    });

    it('refuses a receipt that no passed attempt stands behind', async () => {
      const { error } = await closed({ receipts: [receiptFor(release, 'preflight')] });
      assert.equal(error.findings[0]?.code, 'RECEIPT_UNKNOWN');
    });

    it('refuses receipts from before another release was accepted, until preflight has looked again', async () => {
      const accepted = { ...acceptedAs(1, sampleRelease({ sha: 'ccccccc' })), owner: 'release-desk', receipts: [] };
      await writeAccepted(client, { ...accepted, attempt: 1 });
      try {
        const { error } = await closed({});
        assert.equal(error.findings[0]?.code, 'RECEIPT_STALE');
        const { rows } = await client.query('select seq::int from sallyport.accepted');
        const again = await passedBefore(on, release, 'preflight', { mode: 'forward', acceptedSeq: rows[0].seq });
        await gateProvider(sampleGate()).create(inputsWith({ receipts: [again] }));
      } finally {
        await client.query('delete from sallyport.accepted');
      }
    });

    it('is late at its bound, which is inconclusive, and the next run is a new attempt', async () => {
      const slow = acting({ deadlineSeconds: () => 3, act: () => new Promise(() => undefined) });
      const { evidence } = await closed({}, slow);
      assert.equal(evidence.reasonCode, 'DEADLINE_EXCEEDED');
      assert.equal(evidence.verdict, 'inconclusive');
      const { outs } = await gateProvider(acting()).create(inputsWith());
      assert.notEqual((outs.receipt as Receipt).attempt, evidence.attempt);
    });

    it('comes to no verdict when it is interrupted, and the next run resumes the attempt', async () => {
      const interrupted = acting({
        act: () => {
          interrupt('SIGINT');
          return new Promise(() => undefined);
        },
      });
      const { error, evidence } = await closed({}, interrupted);
      assert.match(error.message, /^acting is closed: aborted/);
      assert.equal(evidence.verdict, 'aborted');
      assert.equal((await attemptOf(evidence.attempt)).verdict, null);
      const { outs } = await gateProvider(acting()).create(inputsWith());
      assert.equal((outs.receipt as Receipt).attempt, evidence.attempt);
      assert.equal((await evidenceOf(acting())).resumed, true);
    });

    it('gives a GateError of its own through as it is', async () => {
      const named = acting({ act: () => Promise.reject(gateError('JOB_NOT_STARTED', 'job', 'nothing', 'a start')) });
      assert.equal((await closed({}, named)).evidence.reasonCode, 'JOB_NOT_STARTED');
    });

    it('names a session that the server ends in the middle of things', async () => {
      const killed = acting({
        act: async (world) => {
          const mine = await world.database();
          await mine.query('select pg_terminate_backend(pg_backend_pid())');
        },
      });
      const { evidence } = await closed({}, killed);
      assert.equal(evidence.reasonCode, 'DATABASE_UNREACHABLE');
      assert.equal((await attemptOf(evidence.attempt)).verdict, 'errored');
    });

    it('does not pass when the ledger cannot take the verdict', async () => {
      const lost = acting({
        act: async (world) => {
          const mine = await world.database();
          await mine.query('alter table sallyport.attempt rename to attempt_gone');
        },
      });
      try {
        await assert.rejects(gateProvider(lost).create(inputsWith()));
      } finally {
        await client.query('alter table sallyport.attempt_gone rename to attempt');
      }
    });

    it('does not let a second promotion in while one is under way', async () => {
      await releasePromotionLocks();
      const lock = `hashtextextended('sallyport.promotion', 0)`;
      await client.query(`select pg_advisory_lock(${lock})`);
      try {
        const { error, evidence } = await closed({}, acting({ act: async () => assert.fail('it acted') }));
        assert.match(error.message, /PROMOTION_IN_PROGRESS.*"test session of gates"/);
        assert.equal(evidence.attempt, null);
      } finally {
        await client.query(`select pg_advisory_unlock(${lock})`);
      }
    });
  });
});
