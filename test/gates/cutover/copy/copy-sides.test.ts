import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Client } from 'pg';
import { markBuilding } from '../../../../gates/cutover/candidate.ts';
import { copyAll } from '../../../../gates/cutover/copy/copy-all.ts';
import { formatOf } from '../../../../gates/cutover/copy/copy-format.ts';
import { backfillSettings } from '../../../../gates/cutover/plan.ts';
import { openSides } from '../../../../gates/cutover/work/open-side.ts';
import { compareContent } from '../../../../gates/verify/compare-content.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../../verify/verify-servers.ts';
import { sessionTo, targetOf } from '../work/work-runs.ts';
import { rows, schema, sourceParts, targetParts } from './every-kind.ts';

const modules = [{ name: 'all', tables: ['public.*', 'other.*'] }];

describe('the sides of an offline copy', function () {
  this.timeout(300_000);

  it('may be an older version than the source: then everything goes as text', async () => {
    const [source, target] = [await verifyDatabase(majors.target), await verifyDatabase(majors.source)];
    await source.run(`${schema} ${sourceParts} ${rows}`);
    await target.run(`${schema} ${targetParts} alter table dropped drop column gone`);
    await copied(source, target);
    await equal(source, target);
  });

  it('are opened by roles that are no superusers, where no trigger would fire', async () => {
    const { source, target } = await sample('guarded');
    await assert.rejects(
      asOperators(source, target),
      /COPY_NOT_POSSIBLE public.guarded: found trigger stamped, which would fire; needed .* may set session_replication_role/,
    );
    await target.run('drop trigger stamped on guarded');
    const { tables } = await asOperators(source, target);
    assert.equal(tables['public.guarded']?.rows, 10);
    await equal(source, target);
  });

  it('are refused where row security would hide rows', async () => {
    const { source, target } = await sample('hidden');
    await target.run('drop trigger stamped on hidden');
    await source.run('alter table hidden enable row level security; create policy few on hidden using (id < 5)');
    await assert.rejects(asOperators(source, target), /WORK_FAILED .*affected by row-level security policy/);
  });

  it('carry values in binary that mean the same in every database, and the others as text', () => {
    const column = (type: string, kind = 'b') => ({ name: 'c', type, kind, number: 1, virtual: false, width: null });
    const format = (type: string, kind?: string, to = 180_004) =>
      formatOf([column('int4'), column(type, kind)], 170_010, to);
    for (const type of ['text', '_text', 'jsonb', 'numeric', 'uuid', 'tstzrange'])
      assert.equal(format(type), 'binary', type);
    for (const type of ['regclass', '_regclass', 'aclitem', 'pg_lsn', 'public.mood', 'public._mood']) {
      assert.equal(format(type), 'text', type);
    }
    assert.equal(format('text', 'b', 170_000), 'binary');
    assert.equal(format('text', 'b', 160_004), 'text');
    assert.equal(formatOf([], 170_010, 180_004), 'binary');
  });

  /** One table with a trigger; the source's operator may read it, the target's owns it. */
  async function sample(table: string) {
    const [source, target] = [await verifyDatabase(majors.source), await verifyDatabase(majors.target)];
    const made = `create table ${table} (id int primary key, at timestamptz);
      create function stamp() returns trigger language plpgsql as 'begin new.at := now(); return new; end';
      create trigger stamped before insert on ${table} for each row execute function stamp()`;
    for (const side of [source, target]) await side.run(made);
    await source.run(
      `insert into ${table} select i from generate_series(1, 10) i; update ${table} set at = '2020-01-01'`,
    );
    const role = (name: string) => `drop role if exists ${name}; create role ${name} login password 'of a test'`;
    await source.run(`${role(`reader_${table}`)}; grant pg_read_all_data to reader_${table}`);
    await target.run(`${role(`builder_${table}`)}; alter table ${table} owner to builder_${table}`);
    const { pathname } = new URL(target.url);
    await target.run(`grant create on database ${pathname.slice(1)} to builder_${table}`);
    return {
      source: { ...source, role: `reader_${table}` },
      target: { ...target, role: `builder_${table}` },
    };
  }

  type WithRole = VerifyDatabase & { readonly role: string };

  async function asOperators(source: WithRole, target: WithRole) {
    const at = (side: WithRole) => ({ ...targetOf(side), user: side.role, password: 'of a test' });
    const operator = openSides({ target: at(target) }, 'of a test');
    return copied(
      source,
      target,
      openSides({ source: at(source), target: at(target) }, 'of a test'),
      (await operator('target')) as Client,
    );
  }

  async function copied(
    source: VerifyDatabase,
    target: VerifyDatabase,
    open?: ReturnType<typeof openSides>,
    client?: Client,
  ) {
    const opened = open ?? openSides({ source: targetOf(source), target: targetOf(target) }, 'of a test');
    const marking = client ?? (await sessionTo(target));
    const build = await markBuilding(marking, { cutover: 'sample', plan: 'a plan', source: 'a source' });
    await marking.end();
    return copyAll({
      source: () => opened('source'),
      target: () => opened('target'),
      plan: { backfill: backfillSettings.parse({}) },
      build,
      epoch: 'frozen',
      say: () => undefined,
      signal: new AbortController().signal,
    });
  }

  async function equal(source: VerifyDatabase, target: VerifyDatabase): Promise<void> {
    const [one, other] = [await source.snapshot(), await target.snapshot()];
    try {
      const { findings } = await compareContent(one, other, { modules, limit: 3, values: true });
      assert.deepEqual(findings, []);
    } finally {
      await one.close();
      await other.close();
    }
  }
});
