import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Gate } from '../../gates/kernel/gate.ts';
import { GateError } from '../../gates/kernel/gate-error.ts';
import { acceptedReleases, writeAccepted } from '../../gates/kernel/ledger/accepted.ts';
import { ensureLedger } from '../../gates/kernel/ledger/schema.ts';
import { releasePromotionLocks } from '../../gates/kernel/promotion-lock.ts';
import { gateProvider } from '../../gates/kernel/provider.ts';
import type { Receipt } from '../../gates/kernel/receipt.ts';
import { everyGate } from '../../gates/registry.ts';
import { rehearseSettings } from '../../gates/rehearse/facts.ts';
import { restorePointSchema } from '../../gates/restore-point/facts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { samplePlan } from './cutover-preflight/sample-facts.ts';
import { freshDatabase, type TestDatabase } from './local-environment.ts';
import { acceptedAs } from './preflight/sample-facts.ts';
import { artifactsIn, passedBefore } from './sample-gate.ts';
import { sampleInputs, sampleRelease } from './sample-release.ts';

type Properties = Record<string, unknown>;

const health = { service: 'api', path: '/healthz', headers: {}, bind: {}, assertions: [{ id: 'is-200', status: 200 }] };
const smoke = { surfaces: { health }, retries: { attempts: 1, delayMs: 0 } };
const release = sampleRelease({ smoke });

const timeouts = { job: 5, lock: '1s', statement: '1s', waiting: { lock: '1s', statement: '1s' } };
const command = ['true'];
const migrating = {
  image: `any@sha256:${'a'.repeat(64)}`,
  commands: { head: command, up: command, down: command },
};
const baseline = { ...migrating, revision: 'one' };

/** What each gate asks for besides what all have. */
const own: Readonly<Record<string, Properties>> = {
  preflight: { naming: { pattern: '.', example: 'any' }, replay: false, driftPolicy: 'block' },
  lint: { directory: 'stacks/app/migrations', lint: { policy: {}, approvals: [] } },
  guard: { commands: {}, required: [], flags: {}, replay: false },
  rehearse: { settings: rehearseSettings.parse({}), timeouts },
  'restore-point': { restorePoint: restorePointSchema.parse({ strategy: 'base-backup' }) },
  migrate: {
    job: 'migrate',
    timeouts,
    retries: { attempts: 1, baseSeconds: 0 },
    oldTransactions: { olderThanSeconds: 5, waitSeconds: 0 },
  },
  candidate: { healthSeconds: 5 },
  smoke: {},
  flip: { probe: { header: 'x-revision', answers: 1, seconds: 1 }, drainSeconds: 1, healthSeconds: 1 },
  snapshot: {},
  parity: { ...baseline, directory: 'stacks/app/migrations', approved: {}, healthSeconds: 5 },
  stamp: baseline,
  drill: baseline,
  drift: {},
  head: { ...baseline, timeouts: { lock: '1s', statement: '1s' }, reads: {} },
  accept: {},
  'cutover-preflight': { plan: samplePlan() },
  'cutover-schema': { image: migrating.image, commands: { head: migrating.commands.head }, plan: samplePlan() },
  'cutover-backfill': { plan: samplePlan() },
  'cutover-verify': { plan: samplePlan() },
  'cutover-gate': { plan: samplePlan(), rehearsal: 'rehearsal.json' },
  'cutover-flip': {
    plan: samplePlan(),
    probe: { header: 'x-revision', answers: 1, seconds: 1 },
    drainSeconds: 1,
    healthSeconds: 1,
  },
  'cutover-watch': { plan: samplePlan() },
};

/** What the gates before hand on. */
const data: Readonly<Record<string, Properties>> = {
  preflight: { mode: 'first' },
  snapshot: { rows: {} },
  migrate: { historyDigest: 'h' },
  candidate: { candidates: { api: { revision: 'api--r1', address: 'http://127.0.0.1:1' } } },
  smoke: { proven: [] },
  flip: { revisions: { api: 'api--r1' } },
};

/** Gates that ask the platform before they come to a verdict; the guard looks at its inputs only, lint at files and the database. */
const asksPlatform = ['preflight', 'migrate', 'candidate', 'smoke', 'flip', 'accept'];

describe('every gate stays closed', () => {
  let gates: readonly Gate[];
  let on: TestDatabase;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let failing: Server;
  const receipts: Receipt[] = [];
  before(async () => {
    gates = await everyGate();
    on = await freshDatabase();
    folder = await temporaryFolder();
    const acceptedSeq = await acceptAnother(on);
    for (const { name } of gates) {
      receipts.push(
        await passedBefore(on, release, name, { ...data[name], ...(name === 'preflight' && { acceptedSeq }) }),
      );
    }
    failing = createServer((_request, response) => {
      response.writeHead(500, { 'content-type': 'application/json', 'retry-after-ms': '1' });
      response.end(JSON.stringify({ error: { code: 'InternalServerError', message: 'it fell over' } }));
    }).listen(0, '127.0.0.1');
    await once(failing, 'listening');
  });
  afterEach(() => releasePromotionLocks());
  after(async () => {
    failing.closeAllConnections();
    failing.close();
    await folder.remove();
  });

  const inputsOf = ({ name, needs }: Gate): Properties => ({
    ...sampleInputs({ release, platform: on.platform, database: on.database, artifacts: artifactsIn(folder.path) }),
    receipts: receipts.filter((receipt) => needs.includes(receipt.gate)),
    ...own[name],
  });

  const closedPort = { port: 1 };
  const faults: readonly {
    readonly name: string;
    readonly code: string;
    readonly verdict: string;
    readonly gates: readonly string[];
    readonly changes: () => Properties;
  }[] = [
    {
      name: 'the release cannot be read',
      code: 'INPUTS_INVALID',
      verdict: 'failed',
      gates: Object.keys(own),
      changes: () => ({ release: { ...release, sha: 'main' } }),
    },
    {
      name: 'the database does not answer',
      code: 'DATABASE_UNREACHABLE',
      verdict: 'errored',
      gates: Object.keys(own),
      changes: () => ({ database: { ...on.database, ...closedPort } }),
    },
    {
      name: 'the database does not know the role',
      code: 'DATABASE_UNREACHABLE',
      verdict: 'errored',
      gates: Object.keys(own),
      changes: () => ({ database: { ...on.database, database: 'no_such_database' } }),
    },
    {
      name: 'the platform does not answer',
      code: 'PLATFORM_UNREACHABLE',
      verdict: 'errored',
      gates: asksPlatform,
      changes: () => ({ platform: { ...on.platform, endpoint: 'http://127.0.0.1:1' } }),
    },
    {
      name: 'the platform answers 500',
      code: 'PLATFORM_UNREACHABLE',
      verdict: 'errored',
      gates: asksPlatform,
      changes: () => {
        const { port } = failing.address() as AddressInfo;
        return { platform: { ...on.platform, endpoint: `http://127.0.0.1:${port}` } };
      },
    },
    {
      name: 'the platform has lost its token and passwords',
      code: 'PLATFORM_UNREACHABLE|UNEXPECTED',
      verdict: 'errored',
      gates: Object.keys(own),
      changes: () => ({ platform: { ...on.platform, directory: folder.path } }),
    },
  ];

  it('in all of these tests: none is left out', () =>
    assert.deepEqual(
      gates.map(({ name }) => name),
      Object.keys(own),
    ));

  for (const fault of faults) {
    for (const name of fault.gates) {
      it(`${name}, when ${fault.name}`, async () => {
        const gate = gates.find((each) => each.name === name);
        assert.ok(gate);
        const inputs = { ...inputsOf(gate), ...fault.changes() };
        const code = new RegExp(`BLOCKER (${fault.code}) `);
        await assert.rejects(gateProvider(gate).create(inputs), (error) => {
          assert.ok(error instanceof GateError, String(error));
          assert.equal(error.verdict, fault.verdict, error.message);
          assert.match(error.message, code);
          assert.doesNotMatch(error.message, /\n\s+at /, 'no stack trace');
          return true;
        });
        const { failures } = await gateProvider(gate).check({}, inputs);
        const looks = gate.live === true && name !== 'guard';
        if (looks || fault.code === 'INPUTS_INVALID') assert.match(failures.map(({ reason }) => reason).join(), code);
        if (fault.code === 'INPUTS_INVALID') return;
        // The same inputs as last time: what looks for drift must not take silence for rest.
        const again = await gateProvider(gate).check(inputs, inputs);
        const driftsByLedger = ['preflight', 'accept'].includes(name) && !fault.name.startsWith('the platform');
        if (driftsByLedger || name === 'flip') {
          const blind = name === 'flip' && fault.name.startsWith('the database');
          if (!blind) assert.match(again.failures.map(({ reason }) => reason).join(), code);
        }
      });
    }
  }
});

/** A release that serves, so that the smoke gate has one to ask. Gives its number in the ledger. */
async function acceptAnother(on: TestDatabase): Promise<number> {
  const client = await on.session();
  try {
    await ensureLedger(client);
    const accepted = acceptedAs(1, sampleRelease({ sha: 'ccccccc', smoke }));
    await writeAccepted(client, { ...accepted, owner: 'release-desk', receipts: [], attempt: 0 });
    const [{ seq } = { seq: 0 }] = await acceptedReleases(client);
    return seq;
  } finally {
    await client.end();
  }
}
