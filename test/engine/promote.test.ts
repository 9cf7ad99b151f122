import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { sha256 } from '../../gates/kernel/digest.ts';
import { acceptedReleases } from '../../gates/kernel/ledger/accepted.ts';
import { promotionGates as chain } from '../support/promotion-gates.ts';
import { assertRefused, assertServing, type PromotionProject, promotionProject } from '../support/promotion-project.ts';

const files: Record<string, string> = {
  migrate: 'migration.json',
  rehearse: 'rehearsal.json',
  smoke: 'api-smoke.json',
};
const history = 'select name from pgmigrations order by id';

describe('a release on its way through the gates', function () {
  this.timeout(600_000);
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
    assert.match(output, /16 unchanged/);
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
    assert.match(output, new RegExp(`preflight: will run again: api sends traffic to ${old} 100`));
    await assertServing(project, accepted?.sha ?? '');
  });

  it('leaves no secret in evidence, output, state or in files that others may read, also when its migration prints one', async () => {
    const migration = `export const up = () => {
  const url = process.env.DATABASE_URL;
  throw new Error('cannot reach ' + url + ' with ' + new URL(url).password);
};
`;
    await project.pointTo('good', { sha: 'a'.repeat(40), files: { 'migrations/20250501090000_tell.js': migration } });
    const { output } = assertRefused(await project.up(), 'MIGRATION_FAILED');
    assert.match(output, /cannot reach \[secret\] with \[secret\]/);
    const { output: state } = await project.pulumi('stack', 'export', '--show-secrets');
    const secrets = await secretsOf(join(project.directory, 'secrets'));
    assert.ok(secrets.length >= 4, secrets.join());
    const readable = await filesOthersMayRead(project.root);
    for (const [name, value] of secrets) {
      for (const [where, text] of [['the output', output], ['the state', state], ...readable]) {
        assert.ok(!text?.includes(value), `${name} is in ${where}`);
      }
    }
  });
});

/** Every secret of an environment by its file's name: passwords themselves, and of an address its password. */
async function secretsOf(folder: string): Promise<readonly (readonly [string, string])[]> {
  const names = await readdir(folder);
  return Promise.all(
    names.map(async (name) => {
      const text = (await readFile(join(folder, name), 'utf8')).trim();
      return [name, URL.canParse(text) ? new URL(text).password : text] as const;
    }),
  );
}

/** What is in a project's own files that are not for their owner alone: evidence, state, the environment's records. */
async function filesOthersMayRead(root: string): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const folder of ['.artifacts', '.sallyport']) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (!entry.isFile() || file.includes('/postgres/data/')) continue;
      if (((await stat(file)).mode & 0o077) !== 0) found.push([file, await readFile(file, 'utf8')]);
    }
  }
  return found;
}
