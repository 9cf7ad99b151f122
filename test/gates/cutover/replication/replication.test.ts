import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { appliedBy } from '../../../../gates/cutover/replication/applied.ts';
import { catchUp } from '../../../../gates/cutover/replication/catch-up.ts';
import { followCopy } from '../../../../gates/cutover/replication/follow-copy.ts';
import { startReplication } from '../../../../gates/cutover/replication/start-replication.ts';
import { stopReplication } from '../../../../gates/cutover/replication/stop-replication.ts';
import { readTableShapes } from '../../../../gates/verify/table-shape.ts';
import { majors, verifyDatabase } from '../../verify/verify-servers.ts';
import { type CutoverPair, cutoverPair } from './cutover-pair.ts';
import { startWriters, type Writers } from './writers.ts';

describe('replication to a candidate, while the source is written to', function () {
  this.timeout(300_000); // the older server may have to be installed
  let pair: CutoverPair | undefined;
  let writers: Writers | undefined;
  const signal = AbortSignal.timeout(60_000);
  afterEach(async () => {
    await writers?.stop();
    if (pair !== undefined) {
      await stopReplication(pair.source, pair.target, pair.plan);
      await pair.close();
    }
    [pair, writers] = [undefined, undefined];
  });

  for (const major of [majors.source, majors.target]) {
    it(`carries every row from ${major} to ${majors.target}`, async () => {
      const [from, to] = [await verifyDatabase(major), await verifyDatabase(majors.target)];
      pair = await cutoverPair(from.url, to.url);
      const { source, target, plan, build } = pair;
      writers = await startWriters(from.url);
      const lines: string[] = [];
      const say = (line: string) => {
        console.log(line);
        lines.push(line);
      };
      const tables = await readTableShapes(source);
      assert.equal(await startReplication(source, target, plan, tables, { build, step: say }), 'new');
      const copied = await followCopy(source, target, plan, { say, signal });
      assert.equal(copied.length, tables.length);
      await catchUp(source, target, plan, { say, signal });
      const written = await writers.stop();
      const { rows } = await source.query('select pg_current_wal_insert_lsn()::text as lsn');
      const since = performance.now();
      await appliedBy(source, target, plan)(rows[0].lsn, signal);
      console.log(lines, written, performance.now() - since);
      assert.deepEqual(await pair.differences(), []);
    });
  }
});
