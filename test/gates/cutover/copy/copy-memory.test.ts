import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, it } from 'mocha';
import { markBuilding } from '../../../../gates/cutover/candidate.ts';
import { planCopy } from '../../../../gates/cutover/copy/copy-plan.ts';
import { serverVersion } from '../../../../gates/cutover/server-version.ts';
import { coordinate } from '../../../../gates/cutover/work/coordinate.ts';
import { processWorkers } from '../../../../gates/cutover/work/process-workers.ts';
import { descendantsOf } from '../../../support/processes.ts';
import { majors, verifyDatabase } from '../../verify/verify-servers.ts';
import { sessionTo, targetOf } from '../work/work-runs.ts';

/** Megabytes: of the piece, of the worker's heap, and of all the memory that the worker may come to have. */
const [piece, heap, most] = [400, 40, 220];

describe('the memory of a worker that copies', function () {
  this.timeout(300_000);

  it(`stays small while one piece of ${piece} MB goes through it`, async () => {
    const [source, target] = [await verifyDatabase(majors.source), await verifyDatabase(majors.target)];
    const schema =
      'create table large (id int primary key, raw bytea); alter table large alter raw set storage external';
    for (const side of [source, target]) await side.run(schema);
    await source.run(`insert into large select i, decode(repeat(md5(i::text), 32768), 'hex')
      from generate_series(1, ${piece * 2}) i`);
    const [reader, client] = [await sessionTo(source), await sessionTo(target)];
    const build = await markBuilding(client, { cutover: 'sample', plan: 'a plan', source: 'a source' });
    const { pieces, layout } = await planCopy(reader, await serverVersion(client));
    const common = { database: layout.database, build, statementSeconds: 120, replica: true };
    const one = { ...pieces[0], from: null, to: null, ...common };
    const sides = { source: targetOf(source), target: targetOf(target) };
    let [going, peak] = [true, 0];
    const watching = (async () => {
      while (going) peak = Math.max(peak, await largestWorker());
    })();
    let copied: unknown;
    await coordinate({
      client,
      run: 'one piece',
      kind: 'copy',
      pieces: async () => [one],
      start: processWorkers(1, sides, [`--max-old-space-size=${heap}`]),
      signal: new AbortController().signal,
      say: () => undefined,
      done: ({ result }) => {
        copied = result;
      },
      keep: false,
    });
    going = false;
    await watching;
    await reader.end();
    await client.end();
    const { rows, bytes } = copied as { rows: number; bytes: number };
    assert.equal(rows, piece * 2);
    assert.ok(bytes > piece * 1_000_000, `${bytes} bytes`);
    assert.ok(peak > 0 && peak < most, `${peak} MB at the most; allowed ${most}`);
  });
});

/** Megabytes that the largest worker of this process has in memory. */
async function largestWorker(): Promise<number> {
  const workers = (await descendantsOf(process.pid)).filter(({ command }) => command.includes('cutover-worker.ts'));
  if (workers.length === 0) return 0;
  const list = workers.map(({ pid }) => pid).join(',');
  // A worker may have ended since it was listed.
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', list]).catch(() => ({ stdout: '' }));
  return Math.max(0, ...stdout.split('\n').map((line) => Number(line) / 1024));
}
