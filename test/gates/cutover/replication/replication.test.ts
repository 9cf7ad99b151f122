import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { readTableShapes } from '../../../../gates/verify/table-shape.ts';
import { majors, verifyDatabase } from '../../verify/verify-servers.ts';
import { type CutoverPair, carryOver, cutoverPair, settle } from './cutover-pair.ts';
import { debian15, hasDebian15 } from './debian-server.ts';
import { startWriters } from './writers.ts';

/** What is opened in a test, and ends with it, the last first. */
const open: (() => Promise<unknown>)[] = [];

describe('replication to a candidate, while the source is written to', function () {
  this.timeout(600_000); // the older server may have to be installed
  afterEach(async () => {
    for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
  });

  it(`carries every row from ${majors.source} to ${majors.target}`, async () => {
    await carriesAll(await verifyDatabase(majors.source), await verifyDatabase(majors.target));
  });

  it('carries every row within one cluster, where a subscription that made its own slot would wait for itself', async () => {
    await carriesAll(await verifyDatabase(majors.target), await verifyDatabase(majors.target));
  });

  if (hasDebian15) {
    it(`carries every row from 15 to ${majors.target}`, async () => {
      const server = await debian15();
      open.push(server.close);
      await carriesAll(server, await verifyDatabase(majors.target));
    });
  }

  it(`carries every row from ${majors.target} to ${majors.source}: what an older target cannot do is not asked of it`, async () => {
    await carriesAll(await verifyDatabase(majors.target), await verifyDatabase(majors.source));
  });

  async function carriesAll(from: { readonly url: string }, to: { readonly url: string }): Promise<CutoverPair> {
    const pair = await cutoverPair(from.url, to.url);
    open.push(pair.close);
    const writers = await startWriters(from.url);
    open.push(writers.stop);
    const lines = await carryOver(pair);
    const before = writers.committed();
    await writers.stop();
    assert.ok(before > 50, 'it was written to all the time');
    await settle(pair);
    assert.deepEqual(await pair.differences(), []);
    const count = (await readTableShapes(pair.source)).length;
    assert.ok(
      lines.some((line) => line.startsWith(`${count}/${count} tables`)),
      lines.join('\n'),
    );
    return pair;
  }
});
