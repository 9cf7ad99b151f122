import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type AzurePromotionProject, azurePromotionProject } from '../support/azure/azure-promotion-project.ts';
import type { Fault } from '../support/azure/faults.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';
import type { Ended } from '../support/running-program.ts';

/** What Azure does wrong, and what the promotion makes of it: a refusal with this in it, or a line of a gate that passes. */
interface Case {
  readonly fault: Fault;
  readonly refused?: RegExp;
  readonly passes?: RegExp;
  /** Bounds of what the fault lets run out, which are roomy everywhere else. */
  readonly bounds?: {
    readonly operationSeconds?: number;
    readonly jobSeconds?: number;
    readonly rollout?: Readonly<Record<string, number>>;
  };
}

const start = /^POST .*\/jobs\/migrate\/start$/;
const gatesOnly = /\/providers\/Microsoft\.App\/(containerApps|jobs|managedEnvironments)/;

const cases: Readonly<Record<string, Case>> = {
  '500 at every start of the job': { fault: { kind: 'error', on: start }, refused: /BLOCKER JOB_NOT_STARTED/ },
  '500 at a start that was taken all the same': {
    fault: { kind: 'lost-answer', on: start, times: 1 },
    passes: /migrate: passed, 2 of 2 applied/,
  },
  'an execution that says Running after its program has ended': {
    fault: { kind: 'running-after-end' },
    passes: /migrate: passed, 1 of 1 applied/,
    bounds: { jobSeconds: 30 },
  },
  'no logs at all': { fault: { kind: 'no-logs' }, passes: /migrate: passed, 1 of 1 applied/ },
  '429 with Retry-After': { fault: { kind: 'throttled', times: 3 }, passes: /accept: passed/ },
  '409 for a while': {
    fault: { kind: 'in-progress', on: /^(PUT|PATCH) .*\/containerApps\//, times: 3 },
    passes: /accept: passed/,
  },
  '409 that does not end': {
    fault: { kind: 'in-progress', on: /^PUT .*\/containerApps\/api$/ },
    refused: /ContainerAppOperationInProgress/,
  },
  'an operation that never ends, where the app is declared': {
    fault: { kind: 'hung', on: /^PUT .*\/containerApps\/api$/ },
    refused: /OperationTimedOut: no end within 15 s/,
    bounds: { operationSeconds: 15 },
  },
  'an operation that never ends, where traffic is moved': {
    fault: { kind: 'hung', on: /^PATCH .*\/containerApps\/api$/ },
    refused: /flip is closed: inconclusive/,
    // The gate's deadline is made of them.
    bounds: { rollout: { healthSeconds: 30, probeSeconds: 5, drainSeconds: 5 } },
  },
  'revisions that are lost': { fault: { kind: 'lost-revision' }, refused: /BLOCKER ACCEPTED_REVISION_LOST api/ },
  'a token that has expired, before anything': {
    fault: { kind: 'token-expired' },
    refused: /ExpiredAuthenticationToken/,
  },
  'a token that Container Apps finds expired': {
    fault: { kind: 'token-expired', on: gatesOnly },
    refused: /preflight is closed: errored|BLOCKER PLATFORM_/,
  },
  'a region that is out, before anything': { fault: { kind: 'outage' }, refused: /ServiceUnavailable/ },
  'a region whose Container Apps are out': {
    fault: { kind: 'outage', on: gatesOnly },
    refused: /BLOCKER PLATFORM_UNREACHABLE/,
  },
};

describe('a promotion on Azure, hit by', function () {
  this.timeout(900_000);
  let project: AzurePromotionProject;
  let accepted: string;
  let address: string;
  let count = 0;

  before(async () => {
    project = await azurePromotionProject();
    project.env.ARM_OPERATION_SECONDS = '120';
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    accepted = project.config.release.sha;
    await assertServing(project, accepted);
    address = (await (await project.platform()).apps.getApp('api'))?.address ?? '';
  });
  after(() => project.remove());

  let files: Record<string, string> = {};
  /** A next release with a migration of its own; those of releases before it that were refused are in it as well. */
  async function nextRelease(): Promise<void> {
    count += 1;
    const number = String(count).padStart(2, '0');
    const version = `202505${number}090000`;
    const sql = `-- Up Migration\ncreate table made_${version} (id bigint primary key);\n-- Down Migration\ndrop table made_${version};\n`;
    files = { ...files, [`migrations/${version}_fault.sql`]: sql };
    await project.pointTo('first', { sha: number.repeat(20), files });
  }

  /** Promotes within these bounds. */
  async function upWithin({ operationSeconds, jobSeconds, rollout }: NonNullable<Case['bounds']>): Promise<Ended> {
    const { env, config } = project;
    const { ARM_OPERATION_SECONDS = '' } = env;
    const usual = { timeouts: config.migrations.timeouts, rollout: config.rollout };
    if (operationSeconds !== undefined) env.ARM_OPERATION_SECONDS = String(operationSeconds);
    if (jobSeconds !== undefined) config.migrations.timeouts = { ...usual.timeouts, job: jobSeconds };
    config.rollout = { ...usual.rollout, ...rollout };
    try {
      return await project.up();
    } finally {
      env.ARM_OPERATION_SECONDS = ARM_OPERATION_SECONDS;
      config.migrations.timeouts = usual.timeouts;
      config.rollout = usual.rollout;
    }
  }

  for (const [what, { fault, refused, passes, bounds = {} }] of Object.entries(cases)) {
    it(`${what}, ${refused ? 'is refused, and the old release serves' : 'gets there all the same'}`, async () => {
      await nextRelease();
      const { faults } = project.azure;
      const hits = faults.hits[fault.kind] ?? 0;
      const injected = faults.inject({ ...fault });
      const ended = await upWithin(bounds);
      // While the fault lasts, and not by what the platform says of itself.
      const answer = await fetch(`${address}/healthz`, { headers: { connection: 'close' } });
      faults.lift(injected);
      assert.equal(answer.status, 200);
      assert.ok((faults.hits[fault.kind] ?? 0) > hits, `nothing met the fault:\n${ended.output}`);
      if (passes) {
        assert.equal(ended.code, 0, ended.output);
        assert.match(ended.output, passes);
        accepted = project.config.release.sha;
      } else {
        assertRefused(ended, '');
        assert.match(ended.output, refused ?? /never/);
      }
      await assertServing(project, accepted);
    });
  }

  it('nothing any more goes on to accepted', async () => {
    await nextRelease();
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await assertServing(project, project.config.release.sha);
  });

  it('a label that somebody gave by hand says so, and does not overwrite it', async () => {
    const { apps } = await project.platform();
    const [serving] = (await apps.getApp('api'))?.traffic ?? [];
    assert.ok(serving && 'revisionName' in serving);
    await apps.setTraffic('api', [{ ...serving, label: 'blue' }]);
    accepted = project.config.release.sha;
    await nextRelease();
    assertRefused(await project.up(), 'TRAFFIC_LABELLED');
    const [after] = (await apps.getApp('api'))?.traffic ?? [];
    assert.equal(after && 'revisionName' in after ? after.label : undefined, 'blue');
    await assertServing(project, accepted);
    // Wiped on the platform, it is not in the way any more.
    await project.azure.wipeLabels('api');
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await assertServing(project, project.config.release.sha);
  });
});
