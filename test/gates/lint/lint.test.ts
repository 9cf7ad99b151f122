import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { sha256 } from '../../../gates/kernel/digest.ts';
import { verdictOf } from '../../../gates/kernel/verdict.ts';
import { analyse } from '../../../gates/lint/analyse.ts';
import { readCatalog } from '../../../gates/lint/catalog.ts';
import type { Catalog } from '../../../gates/lint/context.ts';
import { asFinding, judgeMigrations } from '../../../gates/lint/judge-migrations.ts';
import { lintEach } from '../../../gates/lint/lint-each.ts';
import { type LintPolicy, squawkWeights } from '../../../gates/lint/policy.ts';
import { readSections } from '../../../gates/lint/sections.ts';
import { migrationSet } from '../../../gates/migrate/migration-set.ts';
import { migrationTool } from '../../../gates/migrate/tools/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { freshDatabase } from '../local-environment.ts';

const tool = 'node-pg-migrate';
const today = '2026-11-21';
const usual: LintPolicy = { policy: {}, approvals: [] };
const empty: Catalog = { tables: new Set(), types: new Map() };

describe('lint', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let count = 0;

  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  /** Judges files, in the order of their names, as one batch of pending migrations. */
  async function judge(
    files: Record<string, string>,
    lint: Partial<LintPolicy> = {},
    catalog: Catalog | undefined = empty,
  ) {
    const directory = join(folder.path, String(++count));
    await mkdir(directory);
    for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
    const named = Object.entries(files).map(([file, text]) => ({ name: file, file, sha256: sha256(text) }));
    const signal = AbortSignal.timeout(60_000);
    const sections = await readSections({ path: directory }, { tool }, named, signal);
    const policy = { ...usual, ...lint };
    const analyses = await analyse(sections, { directory, squawk: squawkWeights(policy.policy), signal });
    return judgeMigrations({ sections, analyses, catalog, today }, policy);
  }

  const rules = async (...given: Parameters<typeof judge>) =>
    (await judge(...given)).findings.map(({ rule, file, line, severity }) => `${severity} ${rule} ${file}:${line}`);

  it('finds nothing in the history of the sample application and in its good release, together and one by one', async () => {
    const signal = AbortSignal.timeout(60_000);
    const both = ['stacks/app/migrations', 'stacks/sample-releases/good/migrations'];
    const texts: Record<string, string> = {};
    for (const shown of both) {
      const { files } = migrationSet(resolve(shown), migrationTool(tool));
      const report = await lintEach(files, {
        directory: resolve(shown),
        migrations: { tool },
        shown,
        lint: usual,
        signal,
      });
      assert.deepEqual(report.findings, []);
      for (const { file } of files) if (file.endsWith('.sql')) texts[file] = await readFile(join(shown, file), 'utf8');
    }
    assert.deepEqual(await rules(texts), []);
  });

  it('refuses the sample release bad-lint for what it destroys and for the lock it takes', async () => {
    const shown = 'stacks/sample-releases/bad-lint/migrations';
    const { files } = migrationSet(resolve(shown), migrationTool(tool));
    const signal = AbortSignal.timeout(60_000);
    const { findings } = await lintEach(files, {
      directory: resolve(shown),
      migrations: { tool },
      shown,
      lint: usual,
      signal,
    });
    assert.deepEqual(
      findings.map(({ severity, code, rule, line }) => `${severity} ${code} ${rule}:${line}`),
      [
        'WARNING LINT_LOCK after-exclusive-lock:3',
        'BLOCKER LINT_DESTRUCTIVE drop-column:3',
        'BLOCKER LINT_LOCK require-concurrent-index-creation:4',
      ],
    );
  });

  for (const [name, files, expected] of [
    [
      'leaves an index alone on a table that the batch makes, in the same file and in a later one',
      { '1.sql': 'create table n (a int); create index on n (a);', '2.sql': 'create index on public.n (a);' },
      [],
    ],
    [
      'does not take a table of the same name in another schema for the one that the batch makes',
      { '1.sql': 'create table s.n (a int);', '2.sql': 'create index on n (a);' },
      ['BLOCKER require-concurrent-index-creation 2.sql:1'],
    ],
    [
      'follows a table that the batch makes and renames',
      { '1.sql': 'create table n (a int); alter table n rename to m;', '2.sql': 'drop table m;' },
      [],
    ],
    [
      'reads only the way up',
      {
        '1.sql':
          '-- Up Migration\ncreate table n (a int);\n-- Down Migration\ndrop table old;\ncreate index on old (a);',
      },
      [],
    ],
    [
      'keeps the lines of a file whose way down comes first',
      { '1.sql': '-- Down Migration\ndrop table old;\n-- Up Migration\nselect 1;\ndrop table t;' },
      ['BLOCKER drop-table 1.sql:5'],
    ],
    [
      'knows that the tool runs a file outside of a transaction',
      {
        '1.js': `export const up = (pgm) => { pgm.noTransaction(); pgm.sql('create index concurrently i on t (a)'); };`,
      },
      [],
    ],
    [
      'knows that the tool runs a file inside of one',
      { '1.js': `export const up = (pgm) => { pgm.sql('create index concurrently i on t (a)'); };` },
      ['BLOCKER not-in-transaction 1.js:1'],
    ],
    [
      'wants a statement that runs outside of transactions to stand alone',
      {
        '1.js': `export const up = (pgm) => { pgm.noTransaction(); pgm.sql('create index concurrently i on t (a)'); pgm.sql('select 1'); };`,
      },
      ['BLOCKER stand-alone 1.js:1'],
    ],
    [
      'gives no file the right to let itself off, and says that it tried',
      { '1.sql': '-- squawk-ignore-file\n-- squawk-ignore require-concurrent-index-creation\ncreate index on t (a);' },
      [
        'BLOCKER require-concurrent-index-creation 1.sql:3',
        'WARNING inline-suppression 1.sql:1',
        'WARNING inline-suppression 1.sql:2',
      ],
    ],
    [
      'blocks what PostgreSQL cannot read, and judges the files beside it',
      { '1.sql': 'select 1;\ncreate tabel x (a int);', '2.sql': `select 'open`, '3.sql': `'; drop table t;` },
      ['BLOCKER unparsable 1.sql:2', 'BLOCKER unparsable 2.sql:1', 'BLOCKER unparsable 3.sql:1'],
    ],
    [
      'is not taken in by a quote that one file opens and the next one closes',
      { '1.sql': `select 'open`, '2.sql': `'; drop table t; select '`, '3.sql': `close'; select 1;` },
      ['BLOCKER unparsable 1.sql:1', 'BLOCKER unparsable 2.sql:1', 'BLOCKER unparsable 3.sql:1'],
    ],
    [
      'says of a program that asks the database, or never ends, that it is not evaluated',
      {
        '1.js': 'export const up = async (pgm) => { await pgm.db.query("select 1"); };',
        '2.js': 'export const up = () => { for (;;); };',
        '3.js': 'export const up = (pgm) => { pgm.dropTable("t"); };',
      },
      ['WARNING not-evaluated 1.js:1', 'WARNING not-evaluated 2.js:1', 'BLOCKER drop-table 3.js:1'],
    ],
    [
      'gives a program neither the environment nor the right to write',
      {
        '1.js': `import { writeFileSync } from 'node:fs';\nexport const up = () => writeFileSync('x', '');`,
        '2.js': `export const up = (pgm) => { if (Object.keys(process.env).some((key) => key !== 'PWD')) pgm.dropTable('t'); };`,
      },
      ['WARNING not-evaluated 1.js:1'],
    ],
    ['takes an empty migration for what it is', { '1.sql': '', '2.sql': '-- nothing\n' }, []],
    [
      'counts bytes where squawk does',
      { '1.sql': `select 'äöü→'; create index on t (a); select 1;` },
      ['BLOCKER require-concurrent-index-creation 1.sql:1'],
    ],
    [
      'reads a file whose name is a pattern',
      { '1_[a]*.sql': 'create index on t (a);' },
      ['BLOCKER require-concurrent-index-creation 1_[a]*.sql:1'],
    ],
  ] as const satisfies readonly (readonly [string, Record<string, string>, readonly string[]])[]) {
    it(name, async () => assert.deepEqual(await rules(files), expected));
  }

  it('lets policy weigh a rule, and turn on one of squawk that is off', async () => {
    const files = { '1.sql': 'create index on t (a); create table n (a smallint);' };
    const policy = { 'require-concurrent-index-creation': 'OFF', 'prefer-bigint-over-smallint': 'WARNING' } as const;
    assert.deepEqual(await rules(files, { policy }), ['WARNING prefer-bigint-over-smallint 1.sql:1']);
  });

  it('asks an approval of what destroys data: for this statement of this file, and no longer than it says', async () => {
    const files = { '1.sql': 'drop table t;' };
    const [finding] = (await judge(files)).findings;
    const approval = { finding: finding?.hash ?? '', owner: 'desk', reason: 'empty since March', expires: today };
    const severities = async (text: string, given: Partial<typeof approval>) =>
      (await judge({ '1.sql': text }, { approvals: [{ ...approval, ...given }] })).findings.map(
        ({ severity }) => severity,
      );
    assert.equal(finding?.severity, 'BLOCKER');
    assert.match(asFinding(finding as never).recovery, new RegExp(approval.finding));
    assert.deepEqual(await severities('drop table t;', {}), ['WARNING']);
    assert.deepEqual(await severities('drop table t;', { expires: '2026-11-20' }), ['BLOCKER']);
    assert.deepEqual(await severities('drop table t; drop table u;', {}), ['BLOCKER', 'BLOCKER']);
    assert.deepEqual(await severities('drop table t ;', {}), ['BLOCKER']);
  });

  it('asks the database whether IF NOT EXISTS makes a table, and whether a type only gets wider', async () => {
    const { session } = await freshDatabase();
    const client = await session('migrator');
    const files = {
      '1.sql': 'create table if not exists old (a int); create index on old (a);',
      '2.sql': 'create table if not exists fresh (a int); create index on fresh (a);',
      '3.sql': 'alter table old alter column c type varchar(30);',
      '4.sql': 'alter table old alter column c type varchar(10);',
    };
    try {
      await client.query('create table old (a int, c varchar(20))');
      const directory = join(folder.path, 'catalog');
      await mkdir(directory);
      for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
      const named = Object.entries(files).map(([file, text]) => ({ name: file, file, sha256: sha256(text) }));
      const signal = AbortSignal.timeout(60_000);
      const sections = await readSections({ path: directory }, { tool }, named, signal);
      const analyses = await analyse(sections, { directory, squawk: squawkWeights({}), signal });
      const catalog = await readCatalog(client, analyses);
      const found = judgeMigrations({ sections, analyses, catalog, today }, usual).findings;
      assert.deepEqual(
        found.map(({ rule, file }) => `${rule} ${file}`),
        ['require-concurrent-index-creation 1.sql', 'narrowing-type 4.sql'],
      );
      const unknown = judgeMigrations({ sections, analyses, catalog: undefined, today }, usual).findings;
      assert.equal(unknown.length, 4, 'what is not known is not assumed to be safe');
    } finally {
      await client.end();
    }
  });

  for (const [what, change] of [
    ['vanishes', (path: string) => rm(path)],
    ['changes', (path: string) => writeFile(path, 'select 1;')],
  ] as const) {
    it(`does not let through, nor keep, what squawk said when a file ${what} after it was hashed`, async () => {
      const directory = join(folder.path, what);
      await mkdir(directory);
      const texts = { '1.sql': 'select 1;', '2.sql': 'create index on t (a);' };
      for (const [file, text] of Object.entries(texts)) await writeFile(join(directory, file), text);
      const named = Object.entries(texts).map(([file, text]) => ({ name: file, file, sha256: sha256(text) }));
      const signal = AbortSignal.timeout(60_000);
      const sections = await readSections({ path: directory }, { tool }, named, signal);
      await change(join(directory, '2.sql'));
      const cache = join(folder.path, `${what}.json`);
      const options = { directory, squawk: squawkWeights({}), cache, signal };
      await assert.rejects(analyse(sections, options), /LINT_CONTENT_MISMATCH.*2\.sql/);
      await assert.rejects(readFile(cache), { code: 'ENOENT' });
    });
  }

  it('judges an unchanged file once, and every file anew when what is kept was touched', async () => {
    const directory = join(folder.path, 'kept');
    await mkdir(directory);
    await writeFile(join(directory, '1.sql'), 'create index on t (a);');
    const cache = join(folder.path, 'cache', 'lint.json');
    const options = { directory, migrations: { tool }, shown: 'kept', cache, signal: AbortSignal.timeout(60_000) };
    const verdict = async (lint = usual) => {
      const { files } = migrationSet(directory, migrationTool(tool));
      return verdictOf((await lintEach(files, { ...options, lint })).findings);
    };
    assert.equal(await verdict(), 'failed');
    const kept = await readFile(cache, 'utf8');
    assert.equal(await verdict(), 'failed');
    assert.equal(await readFile(cache, 'utf8'), kept);
    const report = `${cache}.report`;
    const whole = await readFile(report, 'utf8');
    for (const touched of [kept.replace('require-concurrent-index-creation', 'enum-type'), '', '\n[]', 'x\n[']) {
      await rm(report);
      await writeFile(cache, touched);
      assert.equal(await verdict(), 'failed');
      assert.equal(await readFile(cache, 'utf8'), kept);
      assert.equal(await readFile(report, 'utf8'), whole);
    }
    for (const touched of [whole.replace('BLOCKER', 'WARNING'), '', '\n{}', 'x\n{']) {
      await writeFile(report, touched);
      assert.equal(await verdict(), 'failed');
      assert.equal(await readFile(report, 'utf8'), whole);
    }
    assert.equal(await verdict({ ...usual, policy: { 'require-concurrent-index-creation': 'OFF' } }), 'passed');
    assert.equal(await verdict(), 'failed');
    await writeFile(join(directory, '1.sql'), 'select 1;');
    assert.equal(await verdict(), 'passed');
  });
});
