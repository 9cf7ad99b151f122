import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { builtConcurrently, indexesOf } from '../../../gates/rehearse/built-indexes.ts';
import { classOf } from '../../../gates/rehearse/migration-class.ts';
import { relationsOf } from '../../../gates/rehearse/relations.ts';
import { openTracer } from '../../../gates/rehearse/trace/tracer.ts';
import { type DeskServer, query, startDeskServer } from '../../stacks/app/desk-database.ts';

const invalid = `select relname as name from pg_index join pg_class on oid = indexrelid where not indisvalid order by 1`;

/** A migration, its class, and the invalid indexes that it is known to leave. */
const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ['create unique index concurrently named on t (a)', 'waiting', ['named']],
  ['create unique index concurrently on t (a)', 'waiting', ['t_a_idx']],
  ['reindex index concurrently old', 'waiting', ['old_ccnew']],
  ['create unique index named on t (a)', 'blocking', []],
  ['alter table t validate constraint k', 'waiting', []],
];

describe('what a migration that waits may leave', () => {
  let server: DeskServer;
  let count = 0;
  before(async () => {
    server = await startDeskServer();
  });
  after(() => server.stop());

  for (const [sql, of, names] of cases) {
    it(`is ${names.join() || 'nothing'} (${of}): ${sql}`, async () => {
      const { admin } = await server.create(`built_${++count}`);
      await query(
        admin,
        'create table t (a int); create index old on t (a); alter table t add constraint k check (a > 0) not valid',
      );
      const tracer = await openTracer(admin);
      const [tool, owner] = [new Client({ connectionString: tracer.url }), new Client({ connectionString: admin })];
      try {
        await Promise.all([tool.connect(), owner.connect()]);
        const tables = await relationsOf(owner, { withoutSchemas: [], withoutRelations: [] });
        const there = await indexesOf(owner);
        await tool.query(sql);
        const statements = tracer.take();
        assert.equal(classOf(statements, tables), of);
        assert.deepEqual(builtConcurrently(statements, there, await indexesOf(owner)), names);
      } finally {
        await Promise.all([tool.end(), owner.end()]);
        await tracer.close();
      }
    });
  }

  for (const [sql, , names] of cases.slice(0, 3)) {
    it(`is what production is left with: ${sql}`, async () => {
      const { admin } = await server.create(`left_${++count}`);
      await query(admin, 'create table t (a int); insert into t values (1), (1); create index old on t (a)');
      const [builder, reader] = [new Client({ connectionString: admin }), new Client({ connectionString: admin })];
      try {
        await Promise.all([builder.connect(), reader.connect()]);
        await reader.query('begin isolation level repeatable read; select from t');
        await builder.query(`set lock_timeout = '200ms'`);
        await assert.rejects(builder.query(sql), /lock timeout|could not create unique index/);
        await reader.query('commit');
        assert.deepEqual(
          (await query<{ name: string }>(admin, invalid)).map(({ name }) => name),
          names,
        );
      } finally {
        await Promise.all([builder.end(), reader.end()]);
      }
    });
  }
});
