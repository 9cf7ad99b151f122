import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import type { ReasonCode } from '../../../gates/kernel/reason-codes.ts';
import type { Receipt } from '../../../gates/kernel/receipt.ts';
import { releaseDigest } from '../../../gates/kernel/release.ts';
import type { Verdict } from '../../../gates/kernel/verdict.ts';
import { appClearanceProvider } from '../../../infra/azure/app-clearance-provider.ts';
import { jobClearanceProvider } from '../../../infra/azure/job-clearance-provider.ts';
import { armResource, ownIdentityEndpoint } from '../../support/identity-endpoint.ts';
import {
  accept,
  clearanceFor,
  cleared,
  declareApps,
  flipTo,
  freshNames,
  passedReceipt,
  programRelease,
  receiptsBefore,
  revisionsOf,
  standCandidate,
} from './declared-promotion.ts';
import { deployer, type LoopbackEstate, loopbackEstate } from './loopback-estate.ts';

const [one, two] = ['1111111111111111', '2222222222222222'];

describe('a promotion of declared apps', () => {
  let estate: LoopbackEstate;
  let names: ReturnType<typeof freshNames>;
  beforeEach(async () => {
    estate = await loopbackEstate();
    names = freshNames();
  });
  afterEach(async () => {
    estate.close();
    const apps = await deployer(estate);
    for (const name of Object.values(names)) if (await apps.getApp(name)) await apps.deleteApp(name);
  });

  /** Traffic of the API, and the revisions that run, by name. */
  async function serving() {
    const apps = await deployer(estate);
    const traffic = (await apps.getApp(names.api))?.traffic ?? [];
    const active = async (name: string) =>
      (await apps.listRevisions(name)).filter((each) => each.active).map((each) => each.name);
    return {
      traffic: traffic.map((each) => `${'revisionName' in each ? each.revisionName : 'latest'} ${each.weight}`),
      api: await active(names.api),
      worker: await active(names.worker),
    };
  }

  /** Takes a release the whole way; what it leaves is what the program sees when it is asked for again. */
  async function promote(sha: string, acceptedSeq?: number) {
    const release = programRelease(estate, names, sha);
    const receipts = await receiptsBefore(estate, release, acceptedSeq);
    const inputs = clearanceFor(estate, release, receipts);
    const { outs, templates } = await cleared(inputs);
    await declareApps(estate, release, templates);
    const stood = await standCandidate(estate, release, receipts, revisionsOf(templates));
    const standing = await serving();
    const smoke = await passedReceipt(estate, release, 'smoke');
    const flipped = await flipTo(estate, release, [...receipts, stood, smoke]);
    const revisions = flipped.data.revisions as Record<string, string>;
    const seq = await accept(estate, release, revisions);
    return { release, receipts, inputs, outs, templates, standing, revisions, seq };
  }

  async function refused(
    work: Promise<unknown>,
    verdict: Verdict,
    ...codes: readonly ReasonCode[]
  ): Promise<GateError> {
    const error = await work.then(
      () => assert.fail('it was let through'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof GateError, String(error));
    assert.deepEqual(
      error.findings.filter(({ severity }) => severity === 'BLOCKER').map(({ code }) => code),
      codes,
    );
    assert.equal(error.verdict, verdict);
    return error;
  }

  it('ends with the candidate alone, and what is declared then is what is there', async () => {
    const first = await promote(one);
    const second = await promote(two, first.seq);
    const [api, worker] = [second.revisions[names.api] ?? '', second.revisions[names.worker] ?? ''];
    const old = first.revisions[names.api] ?? '';

    assert.equal(api, `${names.api}--r${releaseDigest(second.release).slice(0, 8)}-${second.receipts[0]?.attempt}`);
    assert.deepEqual(second.standing, {
      traffic: [`${old} 100`, `${api} 0`],
      api: [old, api],
      worker: [first.revisions[names.worker]],
    });
    const after = { traffic: [`${api} 100`], api: [api], worker: [worker] };
    assert.deepEqual(await serving(), after);

    const next = await cleared(second.inputs, second.outs);
    assert.equal(next.changed, true, 'what was accepted changes what is to be declared');
    assert.deepEqual(next.templates[names.api]?.traffic, [{ revisionName: api, weight: 100 }]);
    assert.equal(next.templates[names.worker]?.revision, worker);
    assert.equal(next.templates[names.worker]?.standby, false);

    const apps = await deployer(estate);
    const revisions = async () => [await apps.listRevisions(names.api), await apps.listRevisions(names.worker)].flat();
    const made = (await revisions()).map((each) => each.name);
    await declareApps(estate, second.release, next.templates);
    assert.deepEqual(
      (await revisions()).map((each) => each.name),
      made,
      'declaring what is there makes no revision',
    );
    assert.deepEqual(await serving(), after);

    const last = await cleared(second.inputs, next.outs);
    assert.equal(last.changed, false, 'and from then on nothing changes');
  });

  it('starts the worker with what it was declared with, less what it stood by with', async () => {
    const { revisions, templates } = await promote(one);
    const apps = await deployer(estate);
    const working = await apps.getRevision(names.worker, revisions[names.worker] ?? '');
    const env = (templates[names.worker]?.env ?? []).flatMap((variable) => {
      if (variable.name === 'STANDBY') return [];
      return variable.name === 'MODE' ? [{ name: 'MODE', value: 'work' }] : [variable];
    });
    assert.deepEqual(working?.container.env, env);
    assert.ok(env.some(({ name }) => name === 'API_URL'));
  });

  it('can be tried again: a new name, and the accepted release still at 100', async () => {
    const first = await promote(one);
    const release = programRelease(estate, names, two);
    const tries = [];
    for (const _ of [1, 2]) {
      const receipts = await receiptsBefore(estate, release, first.seq);
      const { templates } = await cleared(clearanceFor(estate, release, receipts));
      await declareApps(estate, release, templates);
      await standCandidate(estate, release, receipts, revisionsOf(templates));
      tries.push(templates[names.api]?.revision);
      assert.equal((await serving()).traffic[0], `${first.revisions[names.api]} 100`);
    }
    assert.notEqual(tries[0], tries[1]);
  });

  it('starts the accepted revision again when a flip before was not accepted, for it takes the traffic back', async () => {
    const first = await promote(one);
    const release = programRelease(estate, names, two);
    const receipts = await receiptsBefore(estate, release, first.seq);
    const { templates } = await cleared(clearanceFor(estate, release, receipts));
    await declareApps(estate, release, templates);
    const stood = await standCandidate(estate, release, receipts, revisionsOf(templates));
    await flipTo(estate, release, [...receipts, stood, await passedReceipt(estate, release, 'smoke')]);
    assert.deepEqual((await serving()).api, [templates[names.api]?.revision]);

    const again = await receiptsBefore(estate, release, first.seq);
    const retried = await cleared(clearanceFor(estate, release, again));
    await declareApps(estate, release, retried.templates);
    assert.equal((await serving()).traffic[0], `${first.revisions[names.api]} 100`);
  });

  describe('is stopped', () => {
    /** A release that is cleared and declared, with the receipts so far. */
    async function declared(changes: Parameters<typeof programRelease>[3] = {}, sha = one, acceptedSeq?: number) {
      const release = programRelease(estate, names, sha, changes);
      const receipts = await receiptsBefore(estate, release, acceptedSeq);
      const { templates } = await cleared(clearanceFor(estate, release, receipts));
      await declareApps(estate, release, templates);
      return { release, receipts, templates };
    }

    it('by a candidate that does not become healthy, which is stopped, with the old release serving', async () => {
      const first = await promote(one);
      const env = { WS_MODULE: import.meta.resolve('ws'), HEALTH: 'bad' };
      const { release, receipts, templates } = await declared({ env }, two, first.seq);
      const stand = standCandidate(estate, release, receipts, revisionsOf(templates), 15);
      await refused(stand, 'failed', 'CANDIDATE_UNHEALTHY', 'CANDIDATE_UNHEALTHY');
      const { traffic, api, worker } = await serving();
      assert.equal(traffic[0], `${first.revisions[names.api]} 100`);
      assert.deepEqual([api, worker], [[first.revisions[names.api]], [first.revisions[names.worker]]]);
    });

    it('by a revision that is not there, and by a service that nobody declared', async () => {
      const { release, receipts, templates } = await declared();
      const lost = { ...revisionsOf(templates), [names.worker]: `${names.worker}--lost` };
      await refused(standCandidate(estate, release, receipts, lost, 2), 'failed', 'CANDIDATE_UNHEALTHY');
      const { [names.worker]: _, ...missing } = revisionsOf(templates);
      await refused(standCandidate(estate, release, receipts, missing), 'failed', 'CANDIDATE_UNHEALTHY');
    });

    it('by a revision of that name that was given something else to run', async () => {
      const { receipts, templates, release } = await declared();
      const changed = structuredClone(release);
      for (const service of Object.values(changed.services)) service.env.RELEASE = 'another';
      const others = await receiptsBefore(estate, changed);
      const stand = standCandidate(estate, changed, others, revisionsOf(templates));
      const error = await refused(stand, 'failed', 'CANDIDATE_TEMPLATE', 'CANDIDATE_TEMPLATE');
      assert.match(error.message, /RELEASE is not as the release has it \(created 2/);
      assert.notDeepEqual(others, receipts);
    });

    it('by another image than the one asked for', async () => {
      const { templates, release } = await declared();
      const changed = structuredClone(release);
      for (const service of Object.values(changed.services)) service.image = `program@sha256:${'c'.repeat(64)}`;
      const others = await receiptsBefore(estate, changed);
      const stand = standCandidate(estate, changed, others, revisionsOf(templates));
      await refused(stand, 'failed', 'CANDIDATE_IMAGE', 'CANDIDATE_IMAGE');
    });

    it('by a worker that somebody revised meanwhile; the old weights are put back', async () => {
      const first = await promote(one);
      const { release, receipts, templates } = await declared({}, two, first.seq);
      const stood = await standCandidate(estate, release, receipts, revisionsOf(templates));
      const apps = await deployer(estate);
      const from = templates[names.worker]?.revision ?? '';
      await apps.reviseApp(names.worker, { from, revisionSuffix: 'by-hand', env: (now) => now });
      const flip = flipTo(estate, release, [...receipts, stood, await passedReceipt(estate, release, 'smoke')]);
      const error = await refused(flip, 'failed', 'WORKER_UNHEALTHY');
      assert.match(error.message, /its newest revision is worker-\d+--by-hand, not/);
      assert.deepEqual((await serving()).traffic, [`${first.revisions[names.api]} 100`]);
    });

    it('by a token that is refused: errored, and nothing is touched', async () => {
      const { release, receipts, templates } = await declared();
      const { state } = await ownIdentityEndpoint();
      const token = state.tokens[armResource] ?? '';
      state.tokens[armResource] = 'expired';
      try {
        await refused(
          standCandidate(estate, release, receipts, revisionsOf(templates)),
          'errored',
          'PLATFORM_FORBIDDEN',
        );
      } finally {
        state.tokens[armResource] = token;
      }
      assert.deepEqual((await serving()).api, [templates[names.api]?.revision]);
    });
  });

  describe('is not cleared', () => {
    let receipts: Receipt[];
    const release = () => programRelease(estate, names, one);
    const failures = async (inputs: Record<string, unknown>, provider = appClearanceProvider) =>
      (await provider.check({}, inputs)).failures.map(({ reason }) => reason).join('\n');
    beforeEach(async () => {
      receipts = await receiptsBefore(estate, release());
    });

    it('with every receipt there, and only then', async () => {
      assert.equal(await failures(clearanceFor(estate, release(), receipts)), '');
      for (const gate of ['preflight', 'lint', 'guard', 'rehearse', 'restore-point', 'migrate']) {
        const without = clearanceFor(
          estate,
          release(),
          receipts.filter((receipt) => receipt.gate !== gate),
        );
        assert.match(await failures(without), new RegExp(`RECEIPT_MISSING ${gate}`));
        await refused(appClearanceProvider.create({ ...without, seen: {} }), 'failed', 'RECEIPT_MISSING');
      }
    });

    it('with receipts of another release, altered ones, or ones that no attempt stands behind', async () => {
      const other = { ...release(), sha: two };
      assert.match(await failures(clearanceFor(estate, other, receipts)), /RECEIPT_MISMATCH/);
      const altered = receipts.map((each) => (each.gate === 'guard' ? { ...each, data: { images: {} } } : each));
      assert.match(await failures(clearanceFor(estate, release(), altered)), /RECEIPT_MISMATCH guard/);
      const elsewhere = { ...estate, session: (await loopbackEstate()).session };
      const made = await Promise.all(receipts.map(({ gate, data }) => passedReceipt(elsewhere, release(), gate, data)));
      assert.match(await failures(clearanceFor(estate, release(), made)), /RECEIPT_UNKNOWN/);
    });

    it('with a ledger that cannot be read: that is an error, and never "nothing accepted"', async () => {
      const inputs = clearanceFor(estate, release(), receipts);
      const nowhere = { ...inputs, database: { ...estate.database, port: 1 } };
      assert.match(await failures(nowhere), /DATABASE_UNREACHABLE/);
      const { database } = await loopbackEstate();
      assert.match(await failures({ ...inputs, database }), /DATABASE_UNREACHABLE/);
    });

    it('when another release was accepted since it was checked, or since preflight looked', async () => {
      const { database, session } = await loopbackEstate();
      const own = { ...estate, database, session };
      const given = await receiptsBefore(own, release());
      const inputs = clearanceFor(own, release(), given);
      const { inputs: news } = await appClearanceProvider.check({}, inputs);
      await accept(own, { ...release(), sha: two }, {});
      await refused(appClearanceProvider.create(news), 'failed', 'RECEIPT_STALE');
      assert.match(await failures(inputs), /RECEIPT_STALE/);
    });

    it('when a revision of the accepted release is gone from the platform', async () => {
      const { database, session } = await loopbackEstate();
      const own = { ...estate, database, session };
      const seq = await accept(own, { ...release(), sha: two }, { [names.api]: `${names.api}--gone` });
      const inputs = clearanceFor(own, release(), await receiptsBefore(own, release(), seq));
      assert.match(await failures(inputs), /ACCEPTED_REVISION_LOST api-\d+: found no revision api-\d+--gone/);
    });

    it('in a preview that does not know the receipts: it is planned', async () => {
      const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
      const inputs = { ...clearanceFor(estate, release(), []), receipts: unknown };
      assert.equal(await failures(inputs), '');
      assert.deepEqual(await appClearanceProvider.diff('id', { declared: 'x' }, inputs), { changes: true });
    });

    it('by halves: the job has the image that the guard cleared, and needs no migration', async () => {
      const { domain: _, ...given } = clearanceFor(estate, release(), receipts.slice(0, -1));
      const inputs = { ...given, service: names.api };
      const { inputs: news, failures: none } = await jobClearanceProvider.check({}, inputs);
      assert.deepEqual(none, []);
      const { outs } = await jobClearanceProvider.create(news);
      assert.equal(outs.image, estate.image);
      assert.deepEqual(await jobClearanceProvider.diff('id', outs, news), { changes: false });
      assert.match(
        await failures({ ...inputs, receipts: receipts.slice(0, 3) }, jobClearanceProvider),
        /RECEIPT_MISSING/,
      );
      assert.match(await failures({ ...inputs, service: 'other' }, jobClearanceProvider), /INPUTS_INVALID/);
    });
  });
});
