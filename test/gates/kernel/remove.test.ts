import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Gate } from '../../../gates/kernel/gate.ts';
import { releasePromotionLocks } from '../../../gates/kernel/promotion-lock.ts';
import { gateProvider } from '../../../gates/kernel/provider.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { freshDatabase, type TestDatabase } from '../local-environment.ts';
import { passedBefore, sampleGate, sampleGateInputs } from '../sample-gate.ts';
import { sampleRelease } from '../sample-release.ts';

describe('a gate that leaves the stack', () => {
  let on: TestDatabase;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    on = await freshDatabase();
    folder = await temporaryFolder();
  });
  afterEach(() => releasePromotionLocks());
  after(() => folder.remove());

  const madeBy = async (gate: Gate) => {
    const receipts = [await passedBefore(on, sampleRelease(), 'preflight')];
    const provider = gateProvider(gate);
    const { id, outs } = await provider.create({ ...sampleGateInputs(on, receipts, folder.path) });
    return { provider, id, outs };
  };

  it('takes away what it left, told by what it kept and on the database that it was made on', async () => {
    const removed: unknown[] = [];
    const remove: Gate['remove'] = {
      keep: (inputs) => ({ sha: inputs.release.sha }),
      run: async (world, kept) => {
        const client = await world.database();
        removed.push([kept.sha, (await client.query('select current_database() as name')).rows[0].name]);
      },
    };
    const { provider, id, outs } = await madeBy(sampleGate({ remove }));
    await provider.delete?.(id, outs);
    assert.deepEqual(removed, [[sampleRelease().sha, on.database.database]]);
  });

  it('stays in the stack where that fails, and says why by name', async () => {
    const remove: Gate['remove'] = {
      keep: () => ({}),
      run: async (world) => void (await (await world.database()).query('select 1 / 0')),
    };
    const { provider, id, outs } = await madeBy(sampleGate({ remove }));
    await assert.rejects(
      async () => provider.delete?.(id, outs),
      /DATABASE_UNREACHABLE sample: found division by zero/,
    );
  });

  it('needs nothing where it left nothing', async () => {
    const { provider, id, outs } = await madeBy(sampleGate());
    await provider.delete?.(id, outs);
    assert.equal('remove' in outs, false);
  });
});
