import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type AzurePromotionProject, azurePromotionProject } from '../support/azure/azure-promotion-project.ts';
import type { Fault } from '../support/azure/faults.ts';
import { assertRefused, assertServing } from '../support/promotion-project.ts';

/** What Azure does wrong, and what the promotion makes of it: a reason when it is refused, a line when it goes on. */
interface Case {
  readonly fault: Fault;
  readonly refused?: RegExp;
  readonly passes?: RegExp;
}

const app = /containerApps\/api$/;

const cases: Readonly<Record<string, Case>> = {
  '500 for each start of the job': {
    fault: { kind: 'error', on: /POST .*\/jobs\/migrate\/start$/ },
    refused: /JOB_NOT_STARTED/,
  },
  '500 for a start that was taken all the same': {
    fault: { kind: 'lost-answer', on: /POST .*\/jobs\/migrate\/start$/, times: 1 },
    passes: /migrate: passed, 1 of 1 applied/,
  },
  'an execution that says Running after its program has ended': {
    fault: { kind: 'running-after-end' },
    passes: /migrate: passed/,
  },
  'no logs at all': { fault: { kind: 'no-logs' }, passes: /migrate: passed/ },
  '429 with Retry-After': { fault: { kind: 'throttled', times: 3 }, passes: /accept: passed/ },
  '409 for a while': {
    fault: { kind: 'in-progress', on: /(PUT|PATCH) .*\/containerApps\//, times: 3 },
    passes: /accept: passed/,
  },
  '409 that does not end': {
    fault: { kind: 'in-progress', on: /(PUT|PATCH) .*\/containerApps\/api$/ },
    refused: /ContainerAppOperationInProgress/,
  },
  'an operation that never ends, where the app is declared': {
    fault: { kind: 'hung', on: /PUT .*\/containerApps\/api$/ },
    refused: /OperationTimedOut/,
  },
  'an operation that never ends, where traffic is moved': {
    fault: { kind: 'hung', on: /PATCH .*\/containerApps\/api$/ },
    refused: /flip is closed/,
  },
  'a candidate revision that is lost': {
    fault: { kind: 'lost-revision', on: /containerApps\/api\/revisions/ },
    refused: /is closed/,
  },
  'a token that has expired': { fault: { kind: 'token-expired' }, refused: /ExpiredAuthenticationToken/ },
  'a region that is out': { fault: { kind: 'outage' }, refused: /ServiceUnavailable/ },
};

describe('a promotion on Azure, hit by', function () {
  this.timeout(400_000);
  let project: AzurePromotionProject;
  let accepted: string;
  let address: string;
  let count = 0;

  before(async () => {
    project = await azurePromotionProject();
    project.env.ARM_OPERATION_SECONDS = '5';
    project.config.migrations.timeouts = { job: 20, lock: '2s', statement: '10s' };
    await promote();
  });
  after(() => project.remove());

  async function promote(): Promise<string> {
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    accepted = project.config.release.sha;
    await assertServing(project, accepted);
    address = (await (await project.platform()).apps.getApp('api'))?.address ?? '';
    return output;
  }

  let files: Record<string, string> = {};
  /** A next release with a migration of its own. */
  async function nextRelease(): Promise<void> {
    count += 1;
    const version = `202505${String(count).padStart(2, '0')}090000`;
    files = {
      ...files,
      [`migrations/${version}_fault.sql`]: `-- Up Migration\ncreate table made_${version} (id bigint primary key);\n-- Down Migration\ndrop table made_${version};\n`,
    };
    await project.pointTo('first', { sha: String(count).padStart(2, '0').repeat(20), files });
  }

  for (const [what, { fault, refused, passes }] of Object.entries(cases)) {
    it(`${what}, ${refused ? 'is refused and leaves the old release serving' : 'goes on'}`, async () => {
      await nextRelease();
      const hits = project.azure.faults.hits[fault.kind] ?? 0;
      const injected = project.azure.faults.inject({ ...fault });
      const ended = await project.up();
      // Also while the fault lasts.
      const answer = await fetch(`${address}/healthz`, { headers: { connection: 'close' } });
      assert.equal(answer.status, 200);
      project.azure.faults.lift(injected);
      assert.ok((project.azure.faults.hits[fault.kind] ?? 0) > hits, `nothing met the fault:\n${ended.output}`);
      console.log(
        `==== ${what}\n${ended.output
          .split('\n')
          .filter((l) => /BLOCKER|error:|WARNING [A-Z]|passed/.test(l))
          .join('\n')}`,
      );
      if (passes) {
        assert.equal(ended.code, 0, ended.output);
        assert.match(ended.output, passes);
        accepted = project.config.release.sha;
      } else {
        assertRefused(ended, '');
        assert.match(ended.output, refused ?? /never/);
        await assertServing(project, accepted);
        await promote();
      }
      await assertServing(project, project.config.release.sha);
    });
  }
});
