import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Client, ClientBase, QueryResult } from 'pg';
import { freezeSteps, readFreezeJournal, recordFreeze } from '../../../../gates/cutover/freeze/freeze-journal.ts';
import { keepAhead, readAhead } from '../../../../gates/cutover/steps/ahead-journal.ts';
import { beginFlipRun, readFlipRun } from '../../../../gates/cutover/steps/flip-journal.ts';
import { openedSinceCopy } from '../../../../gates/cutover-schema/opened-since-copy.ts';
import { provenFeed } from '../../../../gates/cutover-verify/verify-candidate.ts';
import {
  type CutoverEvent,
  comparedAhead,
  cutoverEvents,
  lastCutoverEvent,
  recordEvent,
} from '../../../../gates/kernel/ledger/cutover-event.ts';
import { ensureLedger } from '../../../../gates/kernel/ledger/schema.ts';
import { freshDatabase, type TestDatabase } from '../../local-environment.ts';

const plan = { id: 'move', strategy: 'copy' } as const;
const keys = 50_000;
const opened = { slot: 's', lsn: '0/1', publication: 'p', files: {} };

describe('the steps of a cutover with much kept for the comparison', () => {
  let on: TestDatabase;
  let client: Client;
  let reached: string[];
  let ledger: ClientBase;

  before(async () => {
    on = await freshDatabase();
    client = await on.session();
    await ensureLedger(client);
    const feed = { ...opened, lsn: '0/2' };
    await beginFlipRun(client, plan, { rehearsal: false, from: on.database });
    await recordEvent(client, plan.id, 'verified', { build: 'one', feed: opened });
    await recordEvent(client, plan.id, 'verified', { build: 'two', feed: null });
    const kept = new Set(Array.from({ length: keys }, (_, key) => String(key)));
    const tables = new Map([['public.rows', { kind: 'keys', columns: ['id'], keys: kept } as const]]);
    for (const lsn of ['0/3', '0/4']) {
      await keepAhead(client, plan, opened, { feed: { ...feed, lsn }, left: { upTo: lsn, tables } });
    }
    await recordFreeze(client, plan, 'source', 'frozen');
    reached = [];
    ledger = hearing(client, reached);
  });
  after(() => client.end());

  /** The steps whose rows the server was asked for. */
  async function stepsRead(read: () => Promise<unknown>): Promise<readonly string[]> {
    reached.length = 0;
    await read();
    return [...new Set(reached)];
  }

  it('are read for a flip, a freeze and a copy without what was kept', async () => {
    const all = ['flip: begun', 'verified', freezeSteps.frozen];
    const seen = await stepsRead(() => readFlipRun(ledger, plan));
    assert.ok(seen.includes('flip: begun') && !seen.includes(comparedAhead), seen.join(', '));
    assert.deepEqual(await stepsRead(() => readFreezeJournal(ledger, plan, 'source')), [freezeSteps.frozen]);
    assert.deepEqual(await stepsRead(() => openedSinceCopy(ledger, plan, 'one')), all);
    assert.deepEqual(await stepsRead(() => cutoverEvents(ledger, plan.id)), all);
  });

  it('are read with it where that is compared, and only the last', async () => {
    const before = reached.length;
    const { feed, left } = await readAhead(ledger, plan, opened);
    assert.deepEqual([feed.lsn, reached.slice(before)], ['0/4', [comparedAhead]]);
    const rows = left?.tables.get('public.rows');
    assert.equal(rows?.kind === 'keys' ? rows.keys.size : undefined, keys);
    const other = { ...opened, lsn: '0/9' };
    assert.deepEqual(await readAhead(ledger, plan, other), { feed: other, left: undefined });
  });

  it('are given by name, and the last of a name by what it says', async () => {
    const named = await cutoverEvents(ledger, plan.id, [comparedAhead, 'verified']);
    assert.deepEqual(
      named.map(({ step }) => step),
      ['verified', 'verified', comparedAhead, comparedAhead],
    );
    assert.equal((await lastCutoverEvent(ledger, plan.id, 'verified'))?.detail.build, 'two');
    assert.equal((await lastCutoverEvent(ledger, plan.id, 'verified', { build: 'one' }))?.id, named[0]?.id);
    assert.equal(await lastCutoverEvent(ledger, plan.id, 'verified', { build: 'three' }), undefined);
    assert.equal(await lastCutoverEvent(ledger, 'other', 'verified'), undefined);
    assert.deepEqual(await provenFeed(ledger, plan.id, 'one'), opened);
    assert.equal(await provenFeed(ledger, plan.id, 'two'), undefined);
  });
});

/** A session that notes the step of every event that it is answered. */
function hearing(client: ClientBase, steps: string[]): ClientBase {
  const query = async (...args: unknown[]) => {
    const answer = await (client.query as (...all: unknown[]) => Promise<QueryResult<Partial<CutoverEvent>>>)(...args);
    steps.push(...answer.rows.flatMap(({ step }) => step ?? []));
    return answer;
  };
  return new Proxy(client, {
    get: (target, name) => (name === 'query' ? query : Reflect.get(target, name)),
  });
}
