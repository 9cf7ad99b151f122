import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { Client, DatabaseError } from 'pg';
import { ownRules, rulesOn, treeRules } from '../../../gates/lint/catalogue.ts';
import { squawkRules } from '../../../gates/lint/squawk-rules.ts';
import { parseSql } from '../../../gates/lint/statement.ts';
import { kindOf } from '../../../gates/lint/tree.ts';
import { readSecret } from '../../../infra/local/secrets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { freshDatabase, sharedEnvironment } from '../local-environment.ts';
import { type Hazard, hazards } from './hazards.ts';
import { rulesFor } from './rules-for.ts';

const locksOf = `select mode, granted from pg_locks where relation = $1 and pid = $2`;
const filenode = 'select pg_relation_filenode($1::oid) as file';
const backend = 'select pg_backend_pid() as pid';

describe('each lint rule', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let found: ReadonlyMap<string, readonly string[]>;
  let runner: Client;
  let witness: Client;

  before(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder.path, 'migrations'));
    found = await rulesFor(
      join(folder.path, 'migrations'),
      hazards.map((hazard, at) => ({
        name: String(1000 + at),
        sql: hazard.sql,
        transactional: hazard.outside !== true,
      })),
      writeFile,
    );
    const { directory } = await sharedEnvironment();
    const { database } = await freshDatabase();
    const password = await readSecret(directory, 'database-password-postgres');
    const { host, port, database: name } = database;
    runner = new Client({ host, port, user: 'postgres', password, database: name });
    witness = new Client({ host, port, user: 'postgres', password, database: name });
    await Promise.all([runner.connect(), witness.connect()]);
  });
  after(async () => {
    await Promise.all([runner?.end(), witness?.end()]);
    await folder?.remove();
  });

  it('has an example, each of its own and each of squawk that is not off', () => {
    const shown = new Set(hazards.map(({ rule }) => rule));
    const on = Object.entries(squawkRules).filter(([, { weight }]) => weight !== 'OFF');
    const texts = new Set(['inline-suppression', 'not-evaluated', 'unparsable']); // no statement; see lint.test.ts
    const needed = [...ownRules.keys(), ...on.map(([id]) => id)].filter((id) => !texts.has(id));
    assert.deepEqual(
      needed.filter((id) => !shown.has(id)),
      [],
    );
  });

  it('has an example of each hint of eugene and of each hazard that squawk does not see', () => {
    const hints = ['E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7', 'E8', 'E10', 'E11', 'W12', 'W13', 'W14', 'E15'];
    // E9, a lock without a timeout, is no matter of the text: the platform sets lock_timeout (test/gates/migrate).
    const list = [
      ...[
        'DDL in a DO block',
        'DDL in EXECUTE',
        'UPDATE without WHERE',
        'DELETE without WHERE',
        'LOCK TABLE',
        'TRUNCATE',
      ],
      ...['CLUSTER', 'VACUUM FULL', 'REFRESH MATERIALIZED VIEW', 'SET TABLESPACE', 'SET UNLOGGED', 'SET LOGGED'],
      ...['ATTACH PARTITION', 'CREATE TRIGGER', 'CREATE RULE', 'bulk INSERT', 'EXCLUDE constraint'],
    ];
    const shown = new Set(hazards.flatMap(({ named }) => named));
    const missing = [...hints.map((hint) => `eugene ${hint}`), ...list].filter((name) => !shown.has(name));
    assert.deepEqual(missing, []);
  });

  it('looks at every kind of statement in which it would find something', () => {
    for (const { sql, outside, rule } of hazards) {
      const parsed = parseSql(sql);
      assert.ok('statements' in parsed, sql);
      const { statements } = parsed;
      const unit = { statements, transactional: outside !== true };
      for (const [at, statement] of statements.entries()) {
        const asked = rulesOn(kindOf(statement.node));
        const hit = treeRules.filter((each) => each.check(statement, unit, at).length > 0);
        const passedOver = hit.filter((each) => !asked.includes(each)).map(({ id }) => id);
        assert.deepEqual(passedOver, [], `${rule}: ${sql}`);
      }
    }
  });

  for (const [at, hazard] of hazards.entries()) {
    it(`${hazard.rule} finds "${hazard.sql.slice(0, 60)}", and PostgreSQL does what it claims`, async () => {
      assert.ok(found.get(String(1000 + at))?.includes(hazard.rule), `found ${found.get(String(1000 + at))}`);
      const claim = treeRules.find((rule) => rule.id === hazard.rule);
      if (hazard.refused === undefined && hazard.holds === undefined) assert.ok(hazard.lock, 'a claim to prove');
      const elsewhere = new Set(['ddl-in-do-block', 'stand-alone']); // whose hazard is not the lock itself
      if (claim?.lock !== undefined && !elsewhere.has(hazard.rule)) assert.equal(hazard.lock, claim.lock);
      if (claim?.rewrites === true) assert.equal(hazard.rewrites, true, 'the rewrite that the rule claims');
      await prove(hazard);
    });
  }

  async function prove(hazard: Hazard): Promise<void> {
    await runner.query('create schema hazard; set search_path to hazard');
    await witness.query('set search_path to hazard');
    try {
      if (hazard.setup !== undefined) await runner.query(hazard.setup);
      for (const statement of hazard.alone ?? []) await runner.query(statement);
      if (hazard.lock !== undefined) await proveLock(hazard);
      else if (hazard.outside !== true || hazard.holds !== undefined) {
        await runner.query(hazard.sql).catch(expected(hazard));
      }
      if (hazard.refused !== undefined) {
        const { sql, code } = hazard.refused;
        await assert.rejects(witness.query(sql), (error) => error instanceof DatabaseError && error.code === code);
      }
      if (hazard.holds !== undefined) {
        const { rows } = await witness.query({ text: hazard.holds, rowMode: 'array' });
        assert.deepEqual(rows, [[true]]);
      }
    } finally {
      await Promise.all([runner.query('rollback'), witness.query('rollback')]);
      await runner.query('drop schema if exists hazard, s cascade');
      await runner.query('drop tablespace if exists beside');
    }
  }

  /** The hazard may be that the statement fails. */
  function expected({ refused, sql }: Hazard) {
    return (error: unknown) => {
      assert.ok(error instanceof DatabaseError && error.code === refused?.code, `${sql}: ${error}`);
    };
  }

  /** Sees the lock from a second session while it is held or waited for, and the new storage after it. */
  async function proveLock({ sql, relation = 't', lock, rewrites, outside }: Hazard): Promise<void> {
    const oid = (await witness.query(`select $1::regclass::oid as oid`, [relation])).rows[0].oid;
    const before = (await witness.query(filenode, [oid])).rows[0].file;
    const { pid } = (await runner.query(backend)).rows[0];
    const modes = async () => (await witness.query<{ mode: string }>(locksOf, [oid, pid])).rows.map(({ mode }) => mode);
    if (outside === true) {
      // It cannot be held open by a transaction: a reader makes it wait, so that what it asks for can be seen.
      await witness.query(`begin; lock table ${relation} in access share mode`);
      const running = runner.query(sql);
      await until(`${sql} asks for ${lock}`, async () => (await modes()).includes(lock ?? ''));
      await witness.query('commit');
      await running;
    } else {
      await runner.query('begin');
      await runner.query(sql);
      const seen = await modes();
      assert.ok(seen.includes(lock ?? ''), `holds ${seen.join(', ')}`);
      await runner.query('commit');
    }
    const there = (await witness.query(filenode, [oid])).rows[0].file;
    if (rewrites === true) assert.notEqual(there, before, 'the same storage as before');
  }
});
