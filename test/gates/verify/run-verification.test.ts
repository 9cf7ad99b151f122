import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import pg from 'pg';
import { databaseTarget } from '../../../gates/kernel/database-url.ts';
import { type Finding, verdictOf } from '../../../gates/kernel/verdict.ts';
import type { Invariant } from '../../../gates/verify/checks/invariants.ts';
import { runVerification } from '../../../gates/verify/run-verification.ts';
import { verifySettings } from '../../../gates/verify/settings.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

const slow: readonly Invariant[] = [{ file: 'slow.sql', sql: 'select pg_sleep(600)' }];
const endThem = `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sallyport verify%'`;

describe('a verification', () => {
  let source: VerifyDatabase;
  let target: VerifyDatabase;

  before(async () => {
    source = await verifyDatabase(majors.source);
    target = await verifyDatabase(majors.target);
    for (const side of [source, target])
      await side.run('create table t (id int primary key); insert into t values (1)');
  });

  it('that comes too late is inconclusive, and what it had read is in its record', async () => {
    const { findings, target: side, checks } = await verified({ minutes: 0.05 });
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['DEADLINE_EXCEEDED'],
    );
    assert.equal(verdictOf(findings), 'inconclusive');
    assert.match(side?.digest?.roots.database ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(
      checks.map(({ check }) => check),
      ['required keys', 'foreign keys'],
    );
  });

  it('that loses its sessions on the target errs', async () => {
    const { findings } = await verified({ minutes: 1, progress: (line) => endAt(line, 'foreign keys', target) });
    errs(findings);
  });

  it('that loses its sessions on the source errs', async () => {
    const holder = new pg.Client(source.url);
    await holder.connect();
    // What is read of the source waits for this lock, and is ended while it does.
    await holder.query('begin; lock table t in access exclusive mode');
    const { findings } = await verified({ minutes: 1, progress: (line) => endAt(line, 'target 127', source) });
    await holder.end();
    errs(findings);
  });

  function endAt(line: string, beginning: string, database: VerifyDatabase): void {
    if (line.startsWith(beginning)) void database.run(endThem);
  }

  function errs(findings: readonly Finding[]): void {
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['DATABASE_UNREACHABLE'],
    );
    assert.equal(verdictOf(findings), 'errored');
  }

  function verified({ minutes, progress = () => undefined }: { minutes: number; progress?: (line: string) => void }) {
    const at = (database: VerifyDatabase) => databaseTarget({ DATABASE_URL: database.url }, 'the test');
    const settings = { ...verifySettings.parse({ modules: { all: ['public.*'] } }), minutes };
    return runVerification({
      runId: 'of-a-test',
      settings,
      invariants: slow,
      source: at(source),
      target: at(target),
      expected: undefined,
      progress,
    });
  }
});
