import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Client } from 'pg';
import { sha256 } from '../../../gates/kernel/digest.ts';
import { envelopeSchema } from '../../../gates/kernel/evidence.ts';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import { releasePromotionLocks } from '../../../gates/kernel/promotion-lock.ts';
import { gateProvider } from '../../../gates/kernel/provider.ts';
import type { Receipt } from '../../../gates/kernel/receipt.ts';
import { unknownSentinel } from '../../../gates/kernel/unknown.ts';
import { callInJob } from '../../../gates/runner/call-in-job.ts';
import { callThere, jobOf } from '../../../gates/runner/call-where-it-runs.ts';
import { sealed } from '../../../gates/runner/exchange.ts';
import { readSecret } from '../../../infra/local/secrets.ts';
import { type GatesJob, gatesJob } from '../../support/gates-job.ts';
import { interrupt } from '../../support/interrupt.ts';
import { until } from '../../support/until.ts';
import { freshDatabase, sharedEnvironment, type TestDatabase } from '../local-environment.ts';
import { passedBefore, sampleGateInputs } from '../sample-gate.ts';
import { receiptFor, sampleRelease } from '../sample-release.ts';
import { sampleKind } from './sample-kind.ts';

const release = sampleRelease();
type Properties = Record<string, unknown>;

describe('a gate that runs as a job', function () {
  this.timeout(60_000);
  let on: TestDatabase;
  let client: Client;
  let job: GatesJob;
  let preflight: Receipt;

  before(async () => {
    const { directory } = await sharedEnvironment();
    on = await freshDatabase();
    client = await on.session();
    job = await gatesJob(
      join(import.meta.dirname, 'run-sample-in-job.ts'),
      await readSecret(directory, 'database-password-gates'),
    );
    preflight = await passedBefore(on, release, 'preflight', { mode: 'forward' });
    await mkdir(join(job.folder, 'given'));
    await writeFile(join(job.folder, 'given/answer'), 'from the file');
  });
  beforeEach(() => Object.assign(job.store.state, { fault: undefined, onPut: undefined, asked: [], refused: [] }));
  afterEach(async () => {
    await releasePromotionLocks();
    await client.query('delete from sallyport.lease');
  });
  after(async () => {
    await client.end();
    await job.close();
  });

  const inputsWith = (changes: Properties = {}): Properties => ({
    ...sampleGateInputs(on, [preflight], job.folder),
    platform: job.platform,
    artifacts: job.artifacts,
    ...changes,
  });

  /** As the registry does it. */
  async function call(method: 'check' | 'create' | 'update' | 'read', args: readonly unknown[]): Promise<Properties> {
    const provider = gateProvider(sampleKind((args.at(-1) as Properties).extra));
    const address = jobOf(method, args);
    assert.ok(address, 'the address says that gates run as a job');
    return (await callThere(provider, address, { kind: 'sample', method, args })) as Properties;
  }

  const check = async (changes: Properties = {}) => {
    const { failures, inputs } = await call('check', [{}, inputsWith(changes)]);
    return { inputs, failures: (failures as { reason: string }[]).map(({ reason }) => reason) };
  };
  const create = (changes: Properties = {}) => call('create', [inputsWith(changes)]);

  async function refused(changes: Properties, pattern: RegExp): Promise<GateError> {
    const error = await create(changes).then(
      () => assert.fail('the gate let the release through'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof GateError, String(error));
    assert.match(error.message, pattern);
    return error;
  }

  const evidence = async (file: string) => {
    const text = await readFile(join(job.folder, release.sha, file), 'utf8');
    return { ...envelopeSchema.loose().parse(JSON.parse(text)), text };
  };
  const attempts = async () =>
    (await client.query<{ verdict: string | null }>('select verdict from sallyport.attempt order by id')).rows;

  describe('in check', () => {
    it('says what it says in this process, and its inputs come back', async () => {
      const { inputs, failures } = await check();
      assert.deepEqual(failures, []);
      assert.deepEqual(inputs, inputsWith());
      const no = await check({ answer: 'no' });
      assert.match(no.failures.join(), /^BLOCKER SMOKE_ASSERTION_FAILED answer: found no/);
      assert.equal((await evidence('sample.refused.json')).verdict, 'failed');
    });

    it('starts nothing for what needs no world', async () => {
      const before = (await job.executions()).length;
      assert.deepEqual((await check({ answer: unknownSentinel })).failures, []);
      assert.match((await check({ receipts: [] })).failures.join(), /^BLOCKER RECEIPT_MISSING/);
      assert.match((await check({ surprise: true })).failures.join(), /^BLOCKER INPUTS_INVALID/);
      await refused({ receipts: [receiptFor(sampleRelease({ sha: 'aaaaaaa' }), 'preflight')] }, /RECEIPT_MISMATCH/);
      assert.deepEqual(await call('read', ['id', { platform: job.platform, summary: 's' }]), {
        id: 'id',
        props: { platform: job.platform, summary: 's' },
      });
      assert.equal(jobOf('diff', ['id', {}, inputsWith()]), undefined);
      assert.equal((await job.executions()).length, before);
    });

    it('never throws, and blocks, when the job is not there or the store refuses', async () => {
      const gone = {
        ...job.platform,
        azure: { ...job.platform.azure, gates: { ...job.platform.azure?.gates, job: 'gone' } },
      };
      assert.match(
        (await check({ platform: gone })).failures.join(),
        /^BLOCKER GATES_JOB_NOT_AS_NEEDED gone: found no such job/,
      );
      job.store.state.fault = () => ({ status: 403, code: 'AuthorizationPermissionMismatch' });
      assert.match(
        (await check()).failures.join(),
        /^BLOCKER GATE_STORE_UNREACHABLE .* 403 AuthorizationPermissionMismatch/,
      );
    });
  });

  describe('in create', () => {
    it('lets a release through with a receipt that the ledger knows, and leaves its evidence here', async () => {
      const { id, outs } = await create({ extra: 'database' });
      const { receipt, subject } = outs as { receipt: Receipt; subject: string };
      assert.equal(id, `sample-${receipt.attempt}`);
      assert.deepEqual(receipt.data, { answer: 'gates' });
      const { text, verdict } = await evidence('sample.json');
      assert.equal(verdict, 'passed');
      assert.equal(sha256(text), receipt.evidence);
      assert.ok((await readdir(join(job.folder, release.sha))).includes('summary.md'));
      const { changes } = await gateProvider(sampleKind('database')).diff(
        'id',
        { subject },
        inputsWith({ extra: 'database' }),
      );
      assert.equal(changes, false);
      assert.deepEqual(job.store.state.refused, []);
      assert.equal(job.store.state.blobs.size, 0, 'what was exchanged is gone');
    });

    it("reads the project's files, and the secrets that the platform gives the job", async () => {
      const file = await create({ extra: 'file' });
      assert.deepEqual((file.outs as { receipt: Receipt }).receipt.data, { answer: 'from the file' });
      await create({ extra: 'secret' });
      assert.match((await evidence('sample.json')).text, /"answer": "\[secret\]"/);
    });

    it('keeps the gate closed with the findings, the evidence and the verdict of the job', async () => {
      const error = await refused({ answer: 'no' }, /^sample is closed: failed\. Nothing after it has changed\./);
      assert.equal(error.findings[0]?.code, 'SMOKE_ASSERTION_FAILED');
      assert.equal((await evidence('sample.json')).verdict, 'failed');
      assert.equal((await attempts()).at(-1)?.verdict, 'failed');
      const [execution] = (await job.executions()).toSorted((a, b) =>
        (b.startTime ?? '').localeCompare(a.startTime ?? ''),
      );
      assert.deepEqual([execution?.status, execution?.exitCode], ['Failed', 1]);
    });

    for (const [what, extra] of [
      ['ends well without a reply', 'silent'],
      ['is killed', 'crash'],
    ] as const) {
      it(`is inconclusive when the execution ${what}`, async () => {
        const error = await refused({ extra }, /^BLOCKER GATE_REPLY_MISSING .*found no reply; execution/);
        assert.equal(error.verdict, 'inconclusive');
      });
    }

    it('is inconclusive when the reply is lost on its way', async () => {
      job.store.state.fault = (method, blob) =>
        method === 'PUT' && blob.startsWith('replies/') ? { status: 403, code: 'AuthorizationFailure' } : undefined;
      const error = await refused(
        {},
        /^BLOCKER GATE_REPLY_MISSING .* Failed with exit code 2.*its log: sallyport: FAILED: .*GATE_STORE_UNREACHABLE/,
      );
      assert.equal(error.verdict, 'inconclusive');
    });

    it('is inconclusive when the reply says passed and the execution did not succeed', async () => {
      const error = await refused(
        { extra: 'ends badly' },
        /^BLOCKER GATE_RUN_DISAGREES .*found passed; execution .* Failed with exit code 3/,
      );
      assert.equal(error.verdict, 'inconclusive');
    });

    it('is inconclusive when the reply says passed and the execution does not end; it is stopped', async () => {
      const error = await refused(
        { extra: 'stays' },
        /^BLOCKER GATE_RUN_DISAGREES .*found passed; execution .* Running/,
      );
      assert.equal(error.verdict, 'inconclusive');
      await until('every execution has ended', async () =>
        (await job.executions()).every(({ status }) => status !== 'Running' && status !== 'Processing'),
      );
    });

    let earlier = '';
    const alterations: readonly (readonly [string, (text: string) => string, RegExp])[] = [
      ['altered', (text) => text.replace('"passed":false', '"passed":true'), /altered or cut/],
      ['cut', (text) => text.slice(0, 200), /no JSON/],
      ['empty JSON', () => '{}', /JSON that is no reply/],
      ['that of an earlier request', () => earlier, /a reply to another request/],
    ];
    for (const [what, alter, found] of alterations) {
      it(`is inconclusive when the reply is ${what}`, async () => {
        job.store.state.onPut = (blob, text) => {
          if (blob.startsWith('replies/')) earlier = text;
          return text;
        };
        if (what.startsWith('that of')) await create();
        job.store.state.onPut = (blob, text) => (blob.startsWith('replies/') ? alter(text) : text);
        const error = await refused({ answer: 'no' }, new RegExp(`^BLOCKER GATE_REPLY_MISMATCH .*${found.source}`));
        assert.equal(error.verdict, 'inconclusive');
      });
    }

    it('is inconclusive when a whole reply has an answer and does not say passed', async () => {
      job.store.state.onPut = (blob, text) => {
        if (!blob.startsWith('replies/')) return text;
        const { digest: _, ...reply } = JSON.parse(text);
        return JSON.stringify(sealed({ ...reply, passed: false }));
      };
      const error = await refused({}, /^BLOCKER GATE_REPLY_MISMATCH .*found a reply that contradicts itself/);
      assert.equal(error.verdict, 'inconclusive');
      assert.match((await check()).failures.join(), /^BLOCKER GATE_REPLY_MISMATCH/);
    });

    it('does nothing for a request that is not the one it was started for', async () => {
      job.store.state.onPut = (blob, text) => (blob.startsWith('requests/') ? text.replace('"yes"', '"well"') : text);
      await refused(
        {},
        /GATE_REPLY_MISSING .*its log: sallyport: FAILED: the request .* is not the one this was started for/,
      );
    });

    it('is late at its bound, and its execution is stopped', async () => {
      const address = jobOf('create', [inputsWith()]);
      assert.ok(address);
      const calling = { kind: 'sample', method: 'create', args: [inputsWith({ extra: 'hang' })] } as const;
      const takes = { seconds: 1, reads: [], writes: undefined };
      await assert.rejects(callInJob(address, calling, takes, { id: 'one', name: 'one' }, 4), /DEADLINE_EXCEEDED/);
      await until('every execution has ended', async () =>
        (await job.executions()).every(({ status }) => status !== 'Running' && status !== 'Processing'),
      );
    });

    it('is stopped with the engine; its attempt stays open, and the next run resumes it', async () => {
      const atWork = `select from pg_stat_activity where application_name like 'sallyport up %' and datname = current_database()`;
      const running = refused({ extra: 'hang' }, /ABORTED/);
      await until('the gate is at work', async () => (await client.query(atWork)).rowCount === 1);
      await until('its attempt is open', async () => (await attempts()).at(-1)?.verdict === null);
      interrupt('SIGINT');
      await running;
      await until('the gate is gone', async () => (await client.query(atWork)).rowCount === 0);
      assert.equal((await attempts()).at(-1)?.verdict, null);
      await create();
      assert.equal((await evidence('sample.json')).resumed, true);
    });

    it('asks for a job that is run once and long enough', async () => {
      try {
        await job.apps.putJob(job.job, { ...job.spec, replicaTimeoutSeconds: 5 });
        await refused({}, /^BLOCKER GATES_JOB_NOT_AS_NEEDED .* 5 s; needed .* at least 30 s/);
      } finally {
        await job.apps.putJob(job.job, job.spec);
      }
    });
  });

  describe('beside other promotions', () => {
    const lease = async () => (await client.query('select name, since < until as ahead from sallyport.lease')).rows;
    /** A promotion whose gates run in its own process. */
    const inProcess = () =>
      gateProvider(sampleKind(undefined)).create({ ...inputsWith(), platform: on.platform, stack: 'other' });

    it('keeps them out between its gates, and goes on itself', async () => {
      await create();
      assert.deepEqual(await lease(), [{ name: 'sallyport up test abcdef012345', ahead: true }]);
      await assert.rejects(
        inProcess(),
        /PROMOTION_IN_PROGRESS promotion lease: found a lease of "sallyport up test abcdef012345" since \d{4}-.*until \d{4}-.* Do: Wait .* its lease ends by itself at/,
      );
      await releasePromotionLocks();
      await create();
    });

    it('keeps another one out whose gates run as a job too', async () => {
      await client.query(`
        insert into sallyport.lease (holder, name, since, until)
        values ('another', 'sallyport up other fffffff', now(), now() + interval '1 minute')`);
      await refused({}, /PROMOTION_IN_PROGRESS promotion lease: found a lease of "sallyport up other fffffff" since/);
      assert.deepEqual(await lease(), [{ name: 'sallyport up other fffffff', ahead: true }]);
    });

    it('takes over a lease that has run out', async () => {
      await client.query(`
        insert into sallyport.lease (holder, name, since, until)
        values ('dead', 'sallyport up dead fffffff', now() - interval '2 minutes', now() - interval '1 minute')`);
      await create();
      assert.equal((await lease())[0]?.name, 'sallyport up test abcdef012345');
    });

    it('gives the lease back when a gate is closed, and after the last one', async () => {
      await create();
      await refused({ answer: 'no' }, /is closed/);
      assert.deepEqual(await lease(), []);
      await create({ extra: 'last' });
      assert.deepEqual(await lease(), []);
      await inProcess();
    });

    it('is refused while another promotion is in the middle of a gate', async () => {
      await inProcess();
      await refused({}, /PROMOTION_IN_PROGRESS promotion lock: found it held by "sallyport up other/);
    });
  });
});
