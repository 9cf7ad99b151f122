import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { type Plan, planSchema } from '../../../gates/cutover/plan.ts';
import { readAhead } from '../../../gates/cutover/steps/ahead-journal.ts';
import { differenceAhead } from '../../../gates/cutover-flip/difference-ahead.ts';
import { ensureLedger } from '../../../gates/kernel/ledger/schema.ts';
import type { Feed } from '../../../gates/verify/touched/feed.ts';
import { type Replicated, replicated } from '../verify/touched/replicated.ts';

const schema = 'create table public.rows (id int primary key, v int)';
const rows = 'insert into rows select i, i from generate_series(1, 1000) i';

describe('what the flip compares ahead of the freeze', () => {
  const variables = ['AHEAD_SOURCE_URL', 'AHEAD_TARGET_URL'] as const;
  const said: string[] = [];
  let plan: Plan;
  let pair: Replicated;
  let ledger: pg.Client;

  before(async () => {
    pair = await replicated(schema, rows, 'create publication followed for table public.rows');
    [process.env[variables[0]], process.env[variables[1]]] = [pair.source.url, pair.target.url];
    plan = planSchema.parse({
      id: 'ahead',
      strategy: 'replicate',
      source: { direct: variables[0], at: at(pair.source) },
      target: { direct: variables[1], at: at(pair.target) },
      verify: { modules: { all: ['public.*'] } },
      invariants: [],
      backfill: {},
      freeze: {},
      reverse: true,
      rehearsal: {},
      reviewer: 'reviewer',
    });
    ledger = await session();
    await ensureLedger(ledger);
  });
  after(async () => {
    for (const name of variables) delete process.env[name];
    await ledger.end();
    await pair.close();
  });

  const at = ({ url }: { readonly url: string }) => `${new URL(url).host}${new URL(url).pathname}`;
  const session = async () => {
    const client = new pg.Client({ connectionString: pair.source.url });
    await client.connect();
    return client;
  };
  async function ahead(feed: Feed, source?: pg.Client, meanwhile = async (): Promise<unknown> => undefined) {
    const operator = source ?? (await session());
    try {
      return await differenceAhead({
        ...{ plan, feed, ledger, source: operator, signal: AbortSignal.timeout(60_000) },
        applied: async () => {
          await meanwhile();
          await pair.caughtUp();
        },
        say: (line) => said.push(line),
      });
    } finally {
      if (source === undefined) await operator.end();
    }
  }
  const compare = async (opened: Feed) => {
    const { feed, left } = await readAhead(ledger, plan, opened);
    return pair.compare(feed, left);
  };

  it('is all but what was touched in the last moments', async () => {
    const feed = await pair.openFeed();
    await pair.source.run('update rows set v = v + 1 where id <= 500');
    const { findings, compared } = await ahead(feed, undefined, once('update rows set v = v + 1 where id = 1000'));
    assert.deepEqual([findings, compared.rows], [[], 500]);
    const last = await compare(feed);
    assert.deepEqual([last.findings, Object.fromEntries(last.compared)], [[], { 'public.rows': 1 }]);
    assert.match(said.join('\n'), /500 rows that were touched since the verification are equal/);
  });

  it('loses nothing when it is killed after what is left was kept', async () => {
    const feed = await pair.openFeed();
    await pair.source.run('update rows set v = v + 1 where id = 5');
    const gone = await session();
    await gone.end();
    await assert.rejects(ahead(feed, gone, once('update rows set v = v + 1 where id = 6')), /closed|ended/i);
    assert.deepEqual((await readAhead(ledger, plan, feed)).left?.tables.get('public.rows'), {
      kind: 'keys',
      columns: ['id'],
      keys: new Set(['6']),
    });
    await pair.caughtUp();
    await pair.target.run('update rows set v = -1 where id = 6');
    const { findings } = await compare(feed);
    assert.deepEqual(
      findings.map(({ code, about }) => [code, about]),
      [['CONTENT_DIFFERS', 'public.rows']],
    );
    assert.equal((await ahead(feed)).findings[0]?.code, 'CONTENT_DIFFERS');
    await pair.source.run('update rows set v = v + 1 where id = 6');
  });

  it('keeps nothing of a pass that found a difference', async () => {
    const feed = await pair.openFeed();
    await pair.source.run('update rows set v = v + 1 where id = 9');
    await pair.caughtUp();
    await pair.target.run('update rows set v = -1 where id = 9');
    assert.equal((await ahead(feed)).findings[0]?.code, 'CONTENT_DIFFERS');
    assert.deepEqual(await readAhead(ledger, plan, feed), { feed, left: undefined });
    await pair.source.run('update rows set v = v + 1 where id = 9');
  });

  it('knows nothing of another verification', async () => {
    const earlier = await pair.openFeed();
    await pair.source.run('update rows set v = v + 1 where id = 12');
    await ahead(earlier);
    const feed = await pair.openFeed();
    assert.deepEqual(await readAhead(ledger, plan, feed), { feed, left: undefined });
  });

  /** Runs a statement on the source the first time that it is called. */
  function once(sql: string) {
    let done = false;
    return async () => {
      if (done) return;
      done = true;
      await pair.source.run(sql);
    };
  }
});
