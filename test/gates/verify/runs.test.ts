import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type Chunk, chunksOf, type Run } from '../../../gates/verify/chunks.ts';
import { addLeaves, digestChunk } from '../../../gates/verify/digest-table.ts';
import { planLeaves } from '../../../gates/verify/leaves.ts';
import { intoRuns } from '../../../gates/verify/runs.ts';
import { firstSession, type Snapshot } from '../../../gates/verify/snapshot.ts';
import { readTableShapes } from '../../../gates/verify/table-shape.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

/** Enough for several chunks of 8 MB. */
const rows = 40_000;
const wide = `repeat('x', 400) as filler`;
const like = (name: string, from: string) => `create table ${name} (id bigint primary key, v int, filler text);
  insert into ${name} select id, v, ${wide} from (${from}) f;`;
const counted = `select i as id, i % 977 as v from generate_series(1, ${rows}) i`;
const make = `
${like('sorted', counted)}
${like('gaps', `select (i / 700) * 1000000 + i as id, i as v from generate_series(1, ${rows}) i`)}
${like('signs', `select i - ${rows / 2} as id, i as v from generate_series(1, ${rows}) i`)}
${like('moved', counted)} update moved set v = -v - 1 where id % 500 = 7; delete from moved where id between 5000 and 9000;
  insert into moved select id, 1, ${wide} from generate_series(5000, 5100) id;
${like('shuffled', `${counted} order by md5(i::text)`)}
${like('descending', `${counted} order by i desc`)}
${like('outlier', counted)} insert into outlier values (9223372036854775807, 0, ''), (-9223372036854775808, 0, '');
create table small (id int primary key, v int); insert into small select i, i from generate_series(1, 5000) i;
create table parts (id bigint, v int, filler text, primary key (id)) partition by range (id);
create table parts_1 partition of parts for values from (minvalue) to (${rows / 2});
create table parts_2 partition of parts default;
insert into parts select id, v, ${wide} from (${counted}) f;
create table by_text (code text primary key, filler text); insert into by_text select i, ${wide} from generate_series(1, ${rows}) i;
create table short (id int primary key, filler text); insert into short select i, ${wide} from generate_series(-20000, 20000) i;
`;

for (const major of [majors.source, majors.target]) {
  describe(`a table of PostgreSQL ${major} in runs of one leaf each`, () => {
    let database: VerifyDatabase;
    let snapshot: Snapshot;

    before(async () => {
      database = await verifyDatabase(major, { enable_tidscan: 'off' });
      await database.run(make);
      snapshot = await database.snapshot();
    });

    after(() => snapshot.close());

    for (const table of ['sorted', 'gaps', 'signs', 'moved', 'short']) {
      it(`has the sums of its blocks where it is stored in the order of its key: ${table}`, async () => {
        const { blocks, runs } = await chunks(table);
        assert.equal(runs.length, blocks.length);
        assert.ok(runs.every((chunk) => (chunk.runs?.length ?? 0) > 1));
        for (const [index, chunk] of runs.entries()) {
          const handedOut = JSON.parse(JSON.stringify(chunk)); // as a worker of another process gets it
          assert.deepEqual(await sums([handedOut]), await sums([blocks[index]]));
        }
      });
    }

    for (const table of ['shuffled', 'descending', 'outlier', 'small', 'parts', 'by_text']) {
      it(`is not made of ${table}`, async () => {
        const { blocks, runs } = await chunks(table);
        assert.deepEqual(runs, blocks);
      });
    }

    const wrong: readonly (readonly [string, (runs: readonly Run[]) => readonly Run[]])[] = [
      ['of another leaf each', (runs) => runs.map((run) => ({ ...run, leaf: `${BigInt(run.leaf) + 3n}` }))],
      ['all of one leaf that has no row', (runs) => runs.map((run) => ({ ...run, leaf: '-77' }))],
      [
        'cut anywhere',
        (runs) => runs.flatMap(({ leaf, from, to }) => halves(from, to).map((half) => ({ leaf, ...half }))),
      ],
      ['that is one', (runs) => [{ leaf: '1', from: runs[0]?.from ?? '', to: runs.at(-1)?.to ?? '' }]],
    ];
    for (const [how, change] of wrong) {
      it(`has the same sums with wrong hints: runs ${how}`, async () => {
        const { blocks, runs } = await chunks('sorted');
        const changed = runs.map((chunk) => ({ ...chunk, runs: change(chunk.runs ?? []) }));
        assert.notDeepEqual(changed, runs);
        assert.deepEqual(await sums(changed), await sums(blocks));
      });
    }

    async function chunks(name: string): Promise<{ blocks: readonly Chunk[]; runs: readonly Chunk[] }> {
      const client = firstSession(snapshot);
      const table = (await readTableShapes(client)).find((each) => each.name === `public.${name}`);
      assert.ok(table);
      const blocks = chunksOf(table, await planLeaves(client, table));
      return { blocks, runs: await intoRuns(client, blocks) };
    }

    async function sums(some: readonly (Chunk | undefined)[]) {
      const parts = [];
      for (const chunk of some) {
        assert.ok(chunk);
        parts.push(await digestChunk(firstSession(snapshot), chunk));
      }
      const all = [...addLeaves(parts)].sort(([a], [b]) => (a < b ? -1 : 1));
      assert.ok(all.length > 0);
      return all;
    }
  });
}

/** Two runs in place of one, cut where its second block begins. */
function halves(from: string, to: string) {
  const [low = 0, high = 0] = [from, to].map((at) => Number(at.slice(1).split(',')[0]));
  const next = `(${low + 1},0)`;
  return low === high
    ? [{ from, to }]
    : [
        { from, to: next },
        { from: next, to },
      ];
}
