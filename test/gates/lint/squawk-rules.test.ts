import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ownRules } from '../../../gates/lint/catalogue.ts';
import { squawkBinary } from '../../../gates/lint/squawk.ts';
import { saidBetter, squawkRules } from '../../../gates/lint/squawk-rules.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { rulesFor } from './rules-for.ts';

/** Names that squawk takes and that are no rules of their own. */
const noRules: Readonly<Record<string, string>> = {
  'unused-ignore': 'about its own comments, which have no effect here',
  'require-timeout-settings': 'the old name of require-lock-timeout and require-statement-timeout together',
};

/** A migration on which each rule fires; `outside` runs in no transaction. */
const examples: Readonly<Record<string, string | { readonly outside: string }>> = {
  'require-concurrent-index-creation': 'create index i on t (a);',
  'require-concurrent-index-deletion': 'drop index i;',
  'require-concurrent-partition-detach': 'alter table t detach partition p;',
  'require-concurrent-reindex': 'reindex table t;',
  'constraint-missing-not-valid': 'alter table t add constraint k check (a > 0);',
  'adding-field-with-default': 'alter table t add column u uuid default gen_random_uuid();',
  'adding-foreign-key-constraint': 'alter table t add constraint k foreign key (a) references o;',
  'adding-not-nullable-field': 'alter table t alter column a set not null;',
  'adding-serial-primary-key-field': 'alter table t add column id serial primary key;',
  'changing-column-type': 'alter table t alter column a type bigint;',
  'disallowed-unique-constraint': 'alter table t add constraint k unique (a);',
  'adding-required-field': 'alter table t add column n text not null;',
  'ban-create-domain-with-constraint': `create domain d as text check (value <> '');`,
  'ban-alter-domain-with-add-constraint': 'alter domain d add constraint k check (value > 0);',
  'ban-concurrent-index-creation-in-transaction': 'create index concurrently i on t (a); select 1;',
  'ban-uncommitted-transaction': { outside: 'begin; select 1;' },
  'transaction-nesting': 'begin; select 1; commit;',
  'prefer-robust-stmts': { outside: 'create table n (a bigint); select 1;' },
  'require-lock-timeout': 'alter table t add column a text;',
  'require-statement-timeout': 'alter table t add column a text;',
  'renaming-column': 'alter table t rename column a to b;',
  'renaming-table': 'alter table t rename to u;',
  'ban-drop-column': 'alter table t drop column a;',
  'ban-drop-table': 'drop table t;',
  'ban-drop-database': 'drop database d;',
  'ban-drop-not-null': 'alter table t alter column a drop not null;',
  'ban-truncate-cascade': 'truncate t cascade;',
  'prefer-bigint-over-int': 'create table n (a int);',
  'prefer-bigint-over-smallint': 'create table n (a smallint);',
  'prefer-identity': 'create table n (a serial);',
  'prefer-text-field': 'create table n (a varchar(10));',
  'prefer-timestamp-tz': 'create table n (a timestamp);',
  'ban-char-field': 'create table n (a char(10));',
  'require-enum-value-ordering': `alter type e add value 'b';`,
  'require-table-schema': 'create table n (a bigint);',
  'identifier-too-long': `create table ${'n'.repeat(70)} (a bigint);`,
};

/** Rules that cannot fire here, why, and the statement that shows it. */
const silent: Readonly<Record<string, { readonly why: string; readonly sql: string; readonly said: string }>> = {
  'prefer-repack': {
    why: 'it needs --pg-version 19 or later, and the oldest PostgreSQL that is supported is what squawk is told',
    sql: 'vacuum full t;',
    said: 'vacuum-full',
  },
};

describe('squawk', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  const names = [...Object.keys(squawkRules), ...Object.keys(noRules)];

  it('has no rule that is not in the catalogue', () => {
    // It has no option that lists them; in its program their names stand together in one run of text.
    const program = readFileSync(squawkBinary(), 'latin1');
    const [list = ''] = /require-concurrent-index-creationrequire-concurrent-index-deletion[a-z-]+/.exec(program) ?? [];
    assert.ok(list.length > 500, 'its list was not found');
    const byLength = names.toSorted((a, b) => b.length - a.length);
    const left = byLength.reduce((text, name) => text.replace(name, ' '), list);
    assert.equal(left.trim(), '', `names that the catalogue lacks: ${left.trim()}`);
    for (const name of names) assert.ok(list.includes(name), `${name} is not in its list`);
  });

  it('knows every rule of the catalogue, and refuses a name that is none', () => {
    const takes = (name: string) =>
      execFileSync(squawkBinary(), ['--exclude', name, '--debug', 'parse'], { input: '', stdio: 'pipe' });
    for (const name of Object.keys(squawkRules)) takes(name);
    assert.throws(() => takes('no-such-rule'), /invalid rule name no-such-rule/);
  });

  for (const [id, rule] of Object.entries(squawkRules)) {
    it(`${id} has a why and a safe way, and says why it is off when it is`, () => {
      assert.match(rule.why, /\w.*\.$/);
      assert.match(rule.safe, /\w/);
      assert.equal(rule.off === undefined, rule.weight !== 'OFF');
    });
  }

  it('fires each of its rules through lint, but for those that are named as silent', async () => {
    const directory = join(folder.path, 'migrations');
    await mkdir(directory);
    const ids = Object.keys(squawkRules);
    assert.deepEqual(ids.toSorted(), [...Object.keys(examples), ...Object.keys(silent)].toSorted());
    const migrations = ids.map((name) => {
      const given = examples[name] ?? silent[name]?.sql ?? '';
      return { name, sql: typeof given === 'string' ? given : given.outside, transactional: typeof given === 'string' };
    });
    const all = new Map(ids.map((id) => [id, 'WARNING'] as const));
    const found = await rulesFor(directory, migrations, writeFile, all);
    assert.deepEqual(
      Object.keys(examples).filter((id) => !found.get(id)?.includes(id)),
      [],
    );
    for (const [id, { said, why }] of Object.entries(silent)) {
      assert.ok(!found.get(id)?.includes(id), `${id} fires, though ${why}`);
      assert.ok(found.get(id)?.includes(said), `${id} is silent, and ${said} does not say it`);
    }
  });

  it('is silenced only where a rule of our own says it', () => {
    for (const [id, better] of Object.entries(saidBetter)) {
      assert.ok(squawkRules[id], id);
      for (const own of better) assert.ok(ownRules.has(own), own);
    }
  });
});
