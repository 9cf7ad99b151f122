import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { sha256 } from '../../gates/kernel/digest.ts';
import { acceptedReleases } from '../../gates/kernel/ledger/accepted.ts';
import { assertServing, type PromotionProject, promotionProject } from '../support/promotion-project.ts';

const chain = ['preflight', 'lint', 'guard', 'migrate', 'candidate', 'smoke', 'flip', 'accept'];
const files: Record<string, string> = { migrate: 'migration.json', smoke: 'api-smoke.json' };
const history = 'select name from pgmigrations order by id';

describe('a release on its way through the gates', () => {
  let project: PromotionProject;
  let first: string;

  before(async () => {
    project = await promotionProject();
    first = project.config.release.sha;
  });
  after(() => project.remove());

  const textOf = (sha: string, gate: string) =>
    readFile(join(project.root, '.artifacts/deploy', sha, files[gate] ?? `${gate}.json`), 'utf8');

  async function assertEvidence(sha: string): Promise<void> {
    const texts = new Map<string, string>();
    for (const gate of chain) {
      const text = await textOf(sha, gate);
      const evidence = JSON.parse(text);
      assert.equal(evidence.verdict, 'passed', gate);
      assert.equal(evidence.sha, sha);
      for (const previous of evidence.previous) {
        assert.equal(
          previous.sha256,
          sha256(texts.get(previous.gate) ?? ''),
          `${gate} names other evidence of ${previous.gate}`,
        );
      }
      texts.set(gate, text);
    }
    const accept = JSON.parse(texts.get('accept') ?? '');
    assert.deepEqual(
      accept.previous.map((previous: { gate: string }) => previous.gate),
      chain.slice(0, -1),
    );
  }

  it('is planned where nothing is there yet: a preview starts nothing and says what it could not evaluate', async () => {
    const { code, output } = await project.pulumi('preview');
    assert.equal(code, 0, output);
    assert.match(output, /preflight: .*7 migrations, history not known yet/);
    await assert.rejects(project.platform());
  });

  it('becomes the accepted one, and serves', async () => {
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await assertServing(project, first);
    await assertEvidence(first);
    assert.match(output, /FIRST_RELEASE/);
  });

  it('is left alone by the next up', async () => {
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    assert.match(output, /12 unchanged/);
    assert.doesNotMatch(output, /(created|updated|replaced|deleted)\b/);
  });

  it('is judged in a preview, which changes nothing', async () => {
    await project.pointTo('good');
    const gates = await project.session('gates');
    const before = await gates.query(`select count(*) from sallyport.attempt`);
    const { code, output } = await project.pulumi('preview');
    assert.equal(code, 0, output);
    assert.match(output, /preflight: forward, 9 migrations, 2 pending: 20250303090000_add-event-channel, /);
    assert.deepEqual((await gates.query(`select count(*) from sallyport.attempt`)).rows, before.rows);
    await assertServing(project, first);
  });

  it('follows the accepted one without a gap in service, proven on the new schema together with it', async () => {
    const { apps } = await project.platform();
    const address = (await apps.getApp('api'))?.address;
    const failed: string[] = [];
    const promotion = project.up();
    let over = false;
    void promotion.finally(() => (over = true));
    let asked = 0;
    for (; !over; asked += 1) {
      await fetch(`${address}/healthz`)
        .then(async (answer) => (answer.ok ? answer.text() : failed.push(`${answer.status} ${await answer.text()}`)))
        .catch((error: Error) => failed.push(`${error.message} ${error.cause}`));
    }
    const { code, output } = await promotion;
    assert.equal(code, 0, output);
    const sha = project.config.release.sha;
    await assertServing(project, sha);
    await assertEvidence(sha);
    assert.deepEqual(failed, [], `${failed.length} of ${asked} requests failed`);
    const smoke = await project.evidence(sha, 'api-smoke.json');
    assert.equal(smoke.previousRelease.sha, first);
    const migration = await project.evidence(sha, 'migration.json');
    assert.equal(migration.executionStatus, 'Succeeded');
    const gates = await project.session('gates');
    assert.deepEqual(
      migration.historyAfter,
      (await gates.query(history)).rows.map((row) => row.name),
    );
    assert.deepEqual(
      (await acceptedReleases(gates)).map((entry) => entry.sha),
      [sha, first],
    );
  });

  it('comes back by itself when somebody moved its traffic by hand', async () => {
    const { apps } = await project.platform();
    const gates = await project.session('gates');
    const [accepted, before] = await acceptedReleases(gates);
    const old = before?.revisions.api ?? '';
    await apps.activateRevision('api', old);
    await apps.setTraffic('api', [{ revisionName: old, weight: 100 }]);
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`flip: will run again: api sends traffic to ${old} 100`));
    await assertServing(project, accepted?.sha ?? '');
  });
});
