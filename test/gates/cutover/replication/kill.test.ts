import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { readCandidate } from '../../../../gates/cutover/candidate.ts';
import { refuse } from '../../../../gates/cutover-backfill/refuse.ts';
import { ensureLedger } from '../../../../gates/kernel/ledger/schema.ts';
import { runProgram } from '../../../support/running-program.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { majors, verifyDatabase } from '../../verify/verify-servers.ts';
import { type CutoverPair, cutoverPair, leftOn, settle } from './cutover-pair.ts';
import { startWriters, type Writers } from './writers.ts';

const program = join(import.meta.dirname, 'replicate-program.ts');

describe('a backfill that is killed with SIGKILL', function () {
  this.timeout(600_000);
  let pair: CutoverPair;
  let writers: Writers;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    const [from, to] = [await verifyDatabase(majors.source), await verifyDatabase(majors.target)];
    pair = await cutoverPair(from.url, to.url, { workers: 1 });
    writers = await startWriters(from.url, 2);
    folder = await temporaryFolder();
    await writeFile(join(folder.path, 'plan.json'), JSON.stringify({ plan: pair.plan, build: pair.build }));
  });
  after(async () => {
    await writers.stop();
    await pair.close();
    await folder.remove();
  });

  const run = () =>
    runProgram(process.execPath, [program, join(folder.path, 'plan.json')], {
      cwd: import.meta.dirname,
      env: { ...process.env, ...pair.environment },
    });
  const places = [
    'nothing is left',
    'publication of',
    'slot sallyport_',
    'subscription sallyport_',
    / [1-9]\d*\/12 tables|^[1-9]\d*\/12 tables/m,
    'made again',
    'statistics of',
  ];
  for (const place of places) {
    it(`at "${place}" leaves a candidate that no gate takes for one`, async () => {
      const running = run();
      await running.sees(place);
      running.signal('SIGKILL');
      await running.ended;
      assert.equal((await readCandidate(pair.target))?.state, 'building');
      await assert.rejects(ensureLedger(pair.target), /CANDIDATE_UNFINISHED/);
    });
  }

  it('ends well when it is run again', async () => {
    const { code, output } = await run().ended;
    assert.equal(code, 0, output);
    assert.match(output, /^the replication that is there goes on$/m);
    assert.match(output, /^done$/m);
    await writers.stop();
    await settle(pair);
    assert.deepEqual(await pair.differences(), []);
  });

  it('leaves nothing on either side once it is refused, wherever it was killed', async () => {
    const running = run();
    await running.sees('the replication that is there goes on');
    running.signal('SIGKILL');
    await running.ended;
    await refuse(pair.source, pair.target, pair.plan, pair.build, 'rows differ');
    assert.deepEqual(await leftOn(pair), []);
    assert.equal((await readCandidate(pair.target))?.state, 'refused');
  });
});
