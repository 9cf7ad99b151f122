import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { parse, stringify } from 'yaml';
import type { RunRecord, ScanRecord } from '../../gates/verify/records.ts';
import { packagePrograms, projectRoot } from '../../tools/project.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../gates/verify/verify-servers.ts';
import { type RunningProgram, runProgram } from '../support/running-program.ts';
import { schemaProblems } from '../support/schema-problems.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const password = 'planted-password';
const modules = { events: ['public.events'], desk: ['public.cases', 'public.holds'], rest: ['public.*'] };
const sessions = `select count(*)::int as open from pg_stat_activity where application_name like 'sallyport verify%'`;

describe('npm run verify', function () {
  this.timeout(300_000);
  let source: VerifyDatabase;
  let target: VerifyDatabase;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let runs = 0;

  before(async function () {
    this.timeout(300_000); // the older server may have to be installed
    folder = await temporaryFolder();
    source = await verifyDatabase(majors.source);
    target = await verifyDatabase(majors.target);
    const sample = await readFile(join(projectRoot, 'stacks/sample-database/desk.sql'), 'utf8');
    for (const side of [source, target]) {
      await side.run(sample);
      await side.run(`create role reader login password '${password}'; grant select on events, cases to reader`);
      await side.run(`create role all_reader login password '${password}' in role pg_read_all_data`);
    }
  });
  after(() => folder.remove());

  it('passes two equal databases by the worked example, and gives the same roots again, alone and to more workers', async () => {
    const one = await verified({
      args: ['--config', 'cutover.yaml', '--workers', '1'],
      artifacts: '.artifacts/verify',
    });
    assert.equal(one.code, 0, one.output);
    const example = parse(await readFile(join(projectRoot, 'cutover.yaml'), 'utf8'));
    assert.deepEqual(await schemaProblems('gates/verify/cutover.schema.json', example), []);
    assert.deepEqual([one.run.verdict, one.run.findings, one.run.reasonCode], ['passed', [], null]);
    assert.equal(one.run.source?.root, one.run.target?.root);
    assert.deepEqual(Object.keys(one.run.target?.modules ?? {}).sort(), ['desk', 'events']);
    assert.equal(one.run.target?.tables['public.events']?.rows, '400');
    assert.match(one.run.source?.lsn ?? '', /^[0-9A-F]+\/[0-9A-F]+$/);
    const root = one.run.target?.root ?? '';
    const again = await verified({ args: ['--workers', '3', '--expect', root] });
    assert.equal(again.code, 0, again.output);
    assert.deepEqual(again.run.target?.tables, one.run.target?.tables);
    assert.equal(again.run.modules, one.run.modules);
    assert.equal(again.scan.checks.length, 6);
    const apart = await verified({ args: ['--processes', '2', '--expect', root] });
    assert.equal(apart.code, 0, apart.output);
    assert.match(apart.output, /^verify: target worker \d: work: no piece is left, \d+ done/m);
    assert.deepEqual(apart.run.target?.tables, one.run.target?.tables);
    const alone = await verified({ args: ['--target-only', '--expect', root] });
    assert.equal(alone.code, 0, alone.output);
    assert.deepEqual([alone.run.source, alone.run.target?.root], [null, root]);
  });

  it('refuses an expected root when the module list is another, and says so in the run', async () => {
    const { run } = await verified({});
    const other = { modules: { everything: ['public.*'] } };
    const changed = await verified({ verify: other, args: ['--expect', run.target?.root ?? ''] });
    assert.equal(changed.code, 1);
    assert.deepEqual(codesOf(changed.run), ['ROOT_UNEXPECTED', 'ROOT_UNEXPECTED']);
    assert.notEqual(changed.run.modules, run.modules);
    assert.deepEqual(changed.run.target?.tables, run.target?.tables);
  });

  it('names the rows that differ, without their values, and says what the target lacks', async () => {
    await target.run(`update events set subject = 'account-0000' where id = 7; delete from holds`);
    try {
      const { code, output, run, scan } = await verified({});
      assert.equal(code, 1);
      assert.deepEqual(codesOf(run), ['COUNTS_DIFFER', 'CONTENT_DIFFERS', 'CONTENT_DIFFERS']);
      assert.deepEqual(scan.differences['public.events'], {
        complete: true,
        rows: [{ kind: 'changed', key: { id: '7' }, columns: ['subject'] }],
      });
      assert.deepEqual(scan.differences['public.holds']?.rows[0]?.kind, 'missing');
      assert.notEqual(run.source?.root, run.target?.root);
      assert.match(
        output,
        /BLOCKER CONTENT_DIFFERS public\.events: found 400 rows, 1 different: changed id=7 in subject;/,
      );
      assert.doesNotMatch(`${output}${JSON.stringify(scan)}`, /account-0000/);
    } finally {
      await target.run(`update events set subject = (array['account-5007'])[1] where id = 7`);
      await target.run(
        `insert into holds (id, subject, reason, case_id, placed_at) overriding system value values ${await holdOf(source)}`,
      );
    }
    const { code, output } = await verified({});
    assert.equal(code, 0, output);
  });

  it('digests only what changed since an earlier run, and takes no leaves that are not its own', async () => {
    const first = await verified({ artifacts: join(folder.path, 'since') });
    const change = 'update cases set resolution = $$seen$$ where id = 1';
    for (const side of [source, target]) await side.run(change);
    const since = await verified({ args: ['--since', first.run.runId], artifacts: join(folder.path, 'since') });
    assert.equal(since.code, 0, since.output);
    assert.equal(since.run.since, first.run.runId);
    for (const side of [since.run.source, since.run.target]) {
      const digested = Object.entries(side?.tables ?? {}).map(([table, record]) => [table, record.digested]);
      assert.deepEqual(Object.fromEntries(digested), { 'public.cases': 1, 'public.events': 0, 'public.holds': 0 });
    }
    assert.equal(since.run.target?.root, (await verified({})).run.target?.root);
    const leaves = join(folder.path, 'since', first.run.runId, 'leaves.json');
    await writeFile(leaves, (await readFile(leaves, 'utf8')).replace(/"\d+"\]/, '"1"]'));
    const altered = await ended({ args: ['--since', first.run.runId], artifacts: join(folder.path, 'since') });
    assert.equal(altered.code, 1);
    assert.match(altered.output, /BLOCKER LEAVES_UNREADABLE .*: found leaves\.json is not the one of run\.json/);
  });

  it('blocks by what the target is held to, and only warns where the policy says so', async () => {
    const required = { requiredKeys: [{ table: 'events', column: 'reference', keys: ['desk-0001', 'desk-9999'] }] };
    const { code, run } = await verified({ verify: { ...required, invariants: undefined } });
    assert.equal(code, 1);
    assert.deepEqual(codesOf(run), ['REQUIRED_KEY_MISSING']);
    const directory = await invariant('held.sql', 'select from holds');
    const blocked = await verified({ verify: { invariants: { directory } } });
    assert.deepEqual([blocked.code, codesOf(blocked.run)], [1, ['INVARIANT_BROKEN']]);
    const warned = await verified({ verify: { invariants: { directory }, warn: ['INVARIANT_BROKEN held.sql'] } });
    assert.deepEqual([warned.code, codesOf(warned.run), warned.run.verdict], [0, ['INVARIANT_BROKEN'], 'passed']);
  });

  it('finds numbers by a pattern of its configuration, and passes where there are none', async () => {
    const by = (expression: string) => ({ verify: { personalData: { patterns: { 'case-number': expression } } } });
    const found = await verified(by('(?<![0-9a-z])desk-0001(?![0-9])'));
    assert.deepEqual([found.code, [...new Set(codesOf(found.run))]], [1, ['PERSONAL_DATA_FOUND']]);
    assert.match(found.run.findings[0]?.found ?? '', /^case-number d\*+1$/);
    const clean = await verified(by('(?<![0-9a-z])desk-(?:x|y)001(?![0-9])'));
    assert.deepEqual([clean.code, codesOf(clean.run)], [0, []]);
  });

  it('is inconclusive about estimates that are not there', async () => {
    const { code, run } = await verified({ verify: { counts: 'fast' } });
    assert.equal(code, 1);
    assert.deepEqual([...new Set(codesOf(run))], ['COUNT_UNKNOWN']);
    assert.equal(run.verdict, 'inconclusive');
  });

  it('needs no more than a role that may read everything', async () => {
    const { code, output } = await verified({ source: as('all_reader', source), target: as('all_reader', target) });
    assert.equal(code, 0, output);
  });

  it('is inconclusive about what it may not read, and shows no secret', async () => {
    const { code, output, run } = await verified({ target: as('reader', target) });
    assert.equal(code, 1);
    assert.deepEqual([codesOf(run), run.verdict], [['VERIFY_UNREADABLE'], 'inconclusive']);
    assert.match(output, /permission denied for table holds/);
    assert.doesNotMatch(output, new RegExp(password));
  });

  it('errs where a database does not answer, and is not led to compare a database with itself', async () => {
    const away = source.url.replace(/:\d+\//, ':1/');
    const { code, run } = await verified({ source: away });
    assert.deepEqual([code, codesOf(run), run.verdict], [1, ['DATABASE_UNREACHABLE'], 'errored']);
    const itself = await verified({ target: source.url.replace('127.0.0.1', 'localhost') });
    assert.deepEqual([itself.code, codesOf(itself.run)], [1, ['SAME_DATABASE']]);
  });

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`leaves no session on either server after ${signal}`, async () => {
      const directory = await invariant('slow.sql', 'select pg_sleep(600)');
      const started = await start({ verify: { invariants: { directory } } });
      await started.program.sees('foreign keys: 0 findings');
      assert.deepEqual([await openSessions(source), await openSessions(target)], [2, 2]);
      started.program.signal(signal);
      const { output } = await started.program.ended;
      const none = async () => (await openSessions(source)) + (await openSessions(target)) === 0;
      await until('no session of the verification is left', none);
      if (signal === 'SIGKILL') return;
      const { run } = await recordsIn(started.artifacts);
      assert.deepEqual([codesOf(run), run.verdict], [['ABORTED'], 'inconclusive'], output);
    });
  }

  it('reports every mistake of its configuration at once, and what is not set', async () => {
    const personalData = { patterns: { 'staff-number': 'S(A|B)[0-9]{6}' } };
    const wrong = { modules: undefined, workers: 0, warn: ['CONTENT_DIFFERS'], personalData };
    const { code, output } = await ended({ verify: wrong });
    assert.equal(code, 1);
    assert.match(output, /CONFIG_INVALID/);
    const keys = ['verify.modules', 'verify.workers', 'verify.warn[0]', 'verify.personalData.patterns.staff-number'];
    for (const key of keys) assert.ok(output.includes(key), output);
    const unset = await ended({ source: '' });
    assert.equal(unset.code, 1);
    assert.match(unset.output, /^VARIABLE_NOT_SET: CUTOVER_SOURCE_DIRECT_URL/m);
    for (const url of ['nonsense', `postgres://reader:${password}@127.0.0.1`]) {
      const invalid = await ended({ target: url });
      assert.match(invalid.output, /^DATABASE_URL_INVALID: CUTOVER_TARGET_DIRECT_URL: found/m);
      assert.doesNotMatch(invalid.output, new RegExp(`${password}|nonsense`));
    }
    for (const args of [['--expect', 'abc'], ['--workers', 'many'], ['--processes', '65'], ['--what']]) {
      assert.match((await ended({ args })).output, /^ARGUMENTS: .*use: npm run verify/m);
    }
  });

  interface Given {
    readonly verify?: Record<string, unknown>;
    readonly args?: readonly string[];
    readonly source?: string;
    readonly target?: string;
    readonly artifacts?: string;
  }

  async function start(given: Given): Promise<{ program: RunningProgram; artifacts: string }> {
    const name = `run-${++runs}`;
    const artifacts = given.artifacts ?? join(folder.path, name);
    const config = join(folder.path, `${name}.yaml`);
    const verify = { modules, invariants: { directory: 'stacks/sample-database/invariants' }, ...given.verify };
    await writeFile(config, stringify({ verify: JSON.parse(JSON.stringify(verify)), artifacts }));
    const program = runProgram(
      join(packagePrograms, 'node'),
      ['tools/verify.ts', '--config', config, ...(given.args ?? [])],
      {
        cwd: projectRoot,
        env: {
          PATH: process.env.PATH,
          CUTOVER_SOURCE_DIRECT_URL: given.source ?? source.url,
          CUTOVER_TARGET_DIRECT_URL: given.target ?? target.url,
        },
      },
    );
    return { program, artifacts };
  }

  async function ended(given: Given) {
    return (await start(given)).program.ended;
  }

  /** A run to its end, with the two files that it wrote, which their schemas hold to. */
  async function verified(given: Given) {
    const { program, artifacts } = await start(given);
    const { code, output } = await program.ended;
    return { code, output, ...(await recordsIn(resolve(projectRoot, artifacts))) };
  }

  async function recordsIn(artifacts: string): Promise<{ run: RunRecord; scan: ScanRecord }> {
    const [latest] = (await readdir(artifacts)).sort().reverse();
    const read = async (name: string) =>
      JSON.parse(await readFile(join(artifacts, latest ?? '', `${name}.json`), 'utf8'));
    const [run, scan] = [await read('run'), await read('scan')];
    assert.deepEqual(await schemaProblems('gates/verify/run.schema.json', run), []);
    assert.deepEqual(await schemaProblems('gates/verify/scan.schema.json', scan), []);
    return { run, scan };
  }

  async function invariant(file: string, sql: string): Promise<string> {
    const directory = join(folder.path, file.replace('.sql', ''));
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, file), sql);
    return directory;
  }

  async function openSessions(side: VerifyDatabase): Promise<number> {
    return (await side.run(sessions)).rows[0].open;
  }
});

/** A database's URL as another role. */
function as(role: string, { url }: VerifyDatabase): string {
  return Object.assign(new URL(url), { username: role, password }).href;
}

/** The one hold, as a row of values. */
async function holdOf(side: VerifyDatabase): Promise<string> {
  const { rows } = await side.run(
    `select format('(%s, %L, %L, %s, %L)', id, subject, reason, case_id, placed_at) as row from holds`,
  );
  return rows[0].row;
}

function codesOf({ findings }: RunRecord): readonly string[] {
  return findings.map(({ code }) => code);
}
