import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { escapeLiteral } from 'pg';
import { followCopy } from '../../../../gates/cutover/replication/follow-copy.ts';
import { replicationState } from '../../../../gates/cutover/replication/replication-state.ts';
import { startReplication } from '../../../../gates/cutover/replication/start-replication.ts';
import { openSession } from '../../../../gates/cutover/sides.ts';
import { readTableShapes } from '../../../../gates/verify/table-shape.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../../verify/verify-servers.ts';
import { type CutoverPair, carryOver, cutoverPair, settle } from './cutover-pair.ts';

describe('a replication within its limits', function () {
  this.timeout(600_000);
  let pair: CutoverPair;
  afterEach(() => pair.close());

  it('copies as many tables at once as the plan allows, and begins none while the source keeps back too much', async () => {
    const [from, to] = [await verifyDatabase(majors.source), await verifyDatabase(majors.target)];
    pair = await cutoverPair(from.url, to.url, { workers: 1, maxLagMegabytes: 1 });
    const { source, target, plan, build } = pair;
    await startReplication(source, target, plan, await readTableShapes(source), { build });
    // An open transaction keeps the source from letting go of what came after it.
    const open = await openSession(plan, 'source');
    await open.query('begin');
    await open.query('insert into public.empty_one values (1)');
    await from.run(`select pg_logical_emit_message(false, 'test', repeat('x', 100000)) from generate_series(1, 40)`);
    const lines: string[] = [];
    const [watching, following] = [await openSession(plan, 'source'), await openSession(plan, 'target')];
    let [busiest, given] = [0, 0];
    try {
      const say = (line: string) => {
        lines.push(line);
        if (line.includes('no further table begins')) void open.query('commit').then(() => from.run('checkpoint'));
      };
      let over = false;
      const copy = followCopy(source, target, plan, {
        say,
        signal: AbortSignal.timeout(180_000),
        everyMs: 100,
      }).finally(() => {
        over = true;
      });
      while (!over) {
        const { tables } = await replicationState(watching, following, plan);
        busiest = Math.max(busiest, tables.filter(({ state }) => ['i', 'd', 'f'].includes(state)).length);
        if (!lines.some((line) => line.includes('copying goes on'))) {
          given = tables.filter(({ state }) => state !== 'waiting').length;
        }
      }
      await copy;
    } finally {
      await Promise.all([watching.end(), following.end(), open.end()]);
    }
    assert.equal(busiest, 1);
    assert.ok(given <= 2, `${given} tables were begun while the source kept back too much`);
    assert.ok(
      lines.some((line) => /keeps back \d+ MB of WAL for us, more than 1 MB/.test(line)),
      lines.join('\n'),
    );
    assert.ok(
      lines.some((line) => line.includes('copying goes on')),
      lines.join('\n'),
    );
    await settle(pair);
    assert.deepEqual(await pair.differences(), []);
  });

  it('needs no superuser on either side', async () => {
    const [from, to] = [await verifyDatabase(majors.source), await verifyDatabase(majors.target)];
    const password = `it's "a\\mover" of = rows`;
    const own = async ({ run, url }: VerifyDatabase, rights: string) => {
      const database = new URL(url).pathname.slice(1);
      await run(`create role mover login replication password ${escapeLiteral(password)}; ${rights};
        alter database ${database} owner to mover`);
      return Object.assign(new URL(url), { username: 'mover', password: encodeURIComponent(password) }).href;
    };
    const urls = [await own(from, 'select 1'), await own(to, 'grant pg_create_subscription to mover')] as const;
    pair = await cutoverPair(...urls);
    const { rows } = await pair.target.query(`select current_setting('is_superuser') as is`);
    assert.equal(rows[0].is, 'off');
    await carryOver(pair);
    await pair.source.query(`update public.composite set v = v + 1 where tenant = 3`);
    await settle(pair);
    assert.deepEqual(await pair.differences(), []);
  });
});
