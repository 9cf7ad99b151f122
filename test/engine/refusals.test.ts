import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { assertRefused, assertServing, type PromotionProject, promotionProject } from '../support/promotion-project.ts';

const history = 'select name from pgmigrations order by id';
const attempts = 'select gate, verdict, reason_code as reason from sallyport.attempt order by id desc';
const columns = `select column_name as name from information_schema.columns where table_name = 'events' order by 1`;

describe('a release that a gate refuses', function () {
  this.timeout(600_000);
  let project: PromotionProject;
  let gates: Client;
  let first: string;
  let applied: unknown[];

  before(async () => {
    project = await promotionProject();
    first = project.config.release.sha;
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    gates = await project.session('gates');
    applied = (await gates.query(history)).rows;
  });
  after(() => project.remove());

  /** The gate says why, in the terminal, the evidence and the ledger; what was accepted serves on, on the schema it had. */
  async function assertClosed(gate: string, file: string, reason: string): Promise<string> {
    const sha = project.config.release.sha;
    const { output } = assertRefused(await project.up(), reason);
    const evidence = await project.evidence(sha, file);
    assert.equal(evidence.reasonCode, reason);
    assert.match(output, new RegExp(`Evidence: .*${sha}/${file}`));
    const [last] = (await gates.query(attempts)).rows;
    assert.deepEqual(last, { gate, verdict: evidence.verdict, reason });
    await assertServing(project, first);
    return output;
  }

  async function assertGoesBack(): Promise<void> {
    await project.pointTo('first');
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await assertServing(project, first);
  }

  const inPreview: readonly (readonly [string, string, string])[] = [
    ['bad-naming', 'MIGRATION_NAME', '20250303090000_AddEventChannel.sql'],
    ['bad-order', 'MIGRATION_OUT_OF_ORDER', '20250205120000_add-event-country.sql'],
    ['bad-edited', 'MIGRATION_EDITED', '20250117101500_create-cases.sql'],
    ['bad-duplicate', 'MIGRATION_DUPLICATE', '20250303090000_add-event-country.sql'],
    ['bad-lint', 'LINT_DESTRUCTIVE', '20250303090000_drop-event-amount.sql'],
  ];
  for (const [name, reason, file] of inPreview) {
    it(`is refused in the preview already, with ${reason} and the file's name, when it is ${name}`, async () => {
      await project.pointTo(name);
      const before = (await gates.query(attempts)).rows;
      const { output } = assertRefused(await project.pulumi('preview'), reason);
      assert.match(output, new RegExp(`${reason} ${file}`));
      assert.deepEqual((await gates.query(attempts)).rows, before);
      await assertServing(project, first);
    });
  }

  it('is let off by an approval for what it names and for nothing else', async () => {
    await project.pointTo('bad-lint');
    const { output } = assertRefused(await project.pulumi('preview'), 'LINT_DESTRUCTIVE');
    const [, finding = ''] = /finding: "([0-9a-f]{16})"/.exec(output) ?? [];
    const approval = { finding, owner: 'desk', reason: 'amounts are kept elsewhere', expires: '2999-12-31' };
    const usual = project.config.lint;
    project.config.lint = { ...usual, approvals: [approval] };
    const approved = assertRefused(await project.pulumi('preview'), 'BLOCKER LINT_LOCK');
    assert.doesNotMatch(approved.output, /BLOCKER LINT_DESTRUCTIVE/);
    assert.match(approved.output, /WARNING LINT_DESTRUCTIVE .*Approved by desk until 2999-12-31/);
    project.config.lint = usual;
    assert.deepEqual((await gates.query(history)).rows, applied);
    await assertServing(project, first);
  });

  it('is refused in the preview already when a readiness flag is absent or was given for another release', async () => {
    await project.pointTo('good');
    project.config.flags = {};
    assertRefused(await project.pulumi('preview'), 'FLAG_ABSENT support-informed');
    project.config.flags = { 'support-informed': first };
    const { output } = assertRefused(await project.up(), 'FLAG_NOT_READY support-informed');
    assert.doesNotMatch(output, /migrate: .*started/);
    project.config.flags = { 'support-informed': true };
    await assertServing(project, first);
  });

  it("is refused by its own typecheck, with the command's output, before anything is changed", async () => {
    await project.pointTo('bad-types');
    project.config.guard.commands = { typecheck: 'node_modules/.bin/tsc --noEmit -p .sallyport/app/bad-types/api' };
    const { output } = assertRefused(await project.up(), 'GUARD_COMMAND_FAILED typecheck');
    assert.match(output, /overview\.ts.*error TS/);
    assert.doesNotMatch(output, /migrate: .*started/);
    project.config.guard.commands = { quick: 'true' };
    await assertServing(project, first);
  });

  it('is rolled back wholly when a later one of its migrations fails', async () => {
    await project.pointTo('bad-migration');
    const before = (await gates.query(columns)).rows;
    const output = await assertClosed('migrate', 'migration.json', 'MIGRATION_FAILED');
    assert.match(output, /column "channel" of relation "events" contains null values/);
    assert.deepEqual((await gates.query(history)).rows, applied);
    assert.deepEqual((await gates.query(columns)).rows, before);
    const evidence = await project.evidence(project.config.release.sha, 'migration.json');
    assert.equal(evidence.executionStatus, 'Failed');
    assert.equal(evidence.exitCode, 1);
    assert.deepEqual(evidence.historyAfter, evidence.historyBefore);
  });

  it('names the session that keeps it waiting when a lock is not granted', async () => {
    const reader = await project.session('app');
    await reader.query('begin');
    await reader.query('select count(*) from events');
    await project.pointTo('bad-lock');
    const output = await assertClosed('migrate', 'migration.json', 'LOCK_NOT_GRANTED');
    assert.match(output, /waits for a lock of pid \d+ \(a test, idle in transaction/);
    await reader.query('rollback');
    assert.deepEqual((await gates.query(history)).rows, applied);
  });

  it('is stopped when a statement is slower than the platform allows', async () => {
    await project.pointTo('bad-slow');
    project.config.migrations.timeouts.statement = '1s';
    await assertClosed('migrate', 'migration.json', 'STATEMENT_TOO_SLOW');
    project.config.migrations.timeouts.statement = '20s';
    assert.deepEqual((await gates.query(history)).rows, applied);
  });

  it('is stopped at the bound when its job hangs, and no execution is left', async () => {
    await project.pointTo('bad-hang');
    project.config.migrations.timeouts.job = 4;
    await assertClosed('migrate', 'migration.json', 'MIGRATION_TIMEOUT');
    project.config.migrations.timeouts.job = 60;
    const { apps } = await project.platform();
    const statuses = (await apps.listExecutions('migrate')).map((execution) => execution.status);
    assert.ok(!statuses.includes('Running'), statuses.join());
    const evidence = await project.evidence(project.config.release.sha, 'migration.json');
    assert.ok(['Stopped', 'Failed'].includes(evidence.executionStatus), evidence.executionStatus);
    await assertGoesBack();
  });

  it('reports the invalid index that it leaves, and the next one goes on once that is dropped', async () => {
    await project.pointTo('bad-index');
    const output = await assertClosed('migrate', 'migration.json', 'MIGRATION_FAILED');
    assert.match(output, /INDEX_INVALID public\.events_subject_unique/);
    await project.pointTo('first');
    const back = await project.up();
    assert.equal(back.code, 0, back.output);
    assert.match(back.output, /WARNING INDEX_INVALID public\.events_subject_unique/);
    await assertServing(project, first);
    await project.pointTo('bad-index');
    assertRefused(await project.up(), 'INDEX_INVALID public.events_subject_unique');
    await project.pointTo('first');
    const migrator = await project.session('migrator');
    await migrator.query('drop index concurrently events_subject_unique');
    await assertGoesBack();
  });

  it('is refused when its candidate never becomes healthy, and the candidate is put away', async () => {
    await project.pointTo('bad-health');
    const usual = project.config.rollout;
    project.config.rollout = { ...usual, healthSeconds: 4 };
    const output = await assertClosed('candidate', 'candidate.json', 'CANDIDATE_UNHEALTHY');
    project.config.rollout = usual;
    assert.match(output, /candidate: api--r0e57372-\d+ not healthy/);
    const { apps } = await project.platform();
    const active = (await apps.listRevisions('api')).filter((revision) => revision.active);
    assert.equal(active.length, 1);
  });

  it('is refused when its candidate answers wrongly, with what was found and needed', async () => {
    await project.pointTo('bad-smoke');
    const output = await assertClosed('smoke', 'api-smoke.json', 'SMOKE_ASSERTION_FAILED');
    const evidence = await project.evidence(project.config.release.sha, 'api-smoke.json');
    assert.notEqual(evidence.failedAssertions.length, 0);
    for (const failed of evidence.failedAssertions) assert.ok(output.includes(failed.id), failed.id);
    await assertGoesBack();
  });

  it('is refused when its migration breaks the release that serves, and a fix forward mends that', async () => {
    await project.pointTo('bad-break');
    const sha = project.config.release.sha;
    assertRefused(await project.up(), 'SMOKE_PREVIOUS_FAILED');
    assert.equal((await project.evidence(sha, 'api-smoke.json')).reasonCode, 'SMOKE_PREVIOUS_FAILED');
    await assertServing(project, first);

    const rename = 'migrations/20250303090000_rename-event-score.sql';
    const restored =
      '-- Up Migration\nalter table events rename column risk_score to score;\n-- Down Migration\nselect 1;\n';
    await project.pointTo('first', {
      sha: 'f'.repeat(40),
      files: {
        [rename]: await readFile(join(project.root, 'stacks/sample-releases/bad-break', rename), 'utf8'),
        'migrations/20250304090000_restore-event-score.sql': restored,
      },
    });
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    await assertServing(project, 'f'.repeat(40));
  });
});
