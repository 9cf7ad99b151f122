import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { writeAccepted } from '../../gates/kernel/ledger/accepted.ts';
import { currentHold, placeHold } from '../../gates/kernel/ledger/hold.ts';
import { ensureLedger } from '../../gates/kernel/ledger/schema.ts';
import { releaseDigest } from '../../gates/kernel/release.ts';
import { call } from '../../gates/registry.ts';
import { addressesOf } from '../../tools/ask-ledger.ts';
import { freshDatabase, type TestDatabase } from '../gates/local-environment.ts';
import { sampleRelease } from '../gates/sample-release.ts';
import { azureAddress } from '../infra/azure/sample-address.ts';

const release = sampleRelease();
const record = {
  sha: release.sha,
  releaseDigest: releaseDigest(release),
  release,
  mode: 'first' as const,
  revisions: { api: 'api--r1' },
  historyDigest: 'h',
  owner: 'release-desk',
  receipts: [],
  attempt: 1,
};

describe('the ledger, asked by a tool', () => {
  let where: TestDatabase;
  before(async () => {
    where = await freshDatabase();
  });

  const ask = async (question: object) => {
    const { platform, database } = where;
    const made = await call('ledger', 'create', [{ platform, database, question }]);
    return (made as { outs: Record<string, unknown> }).outs;
  };

  it('has nothing before the first promotion, and makes nothing', async () => {
    assert.deepEqual(await ask({ ask: 'accepted' }), { accepted: [] });
    assert.deepEqual(await ask({ ask: 'resume', by: 'release-desk', reason: 'mended' }), {});
  });

  it('gives the accepted releases, whole, and lets go of a hold on record', async () => {
    const client = await where.session();
    try {
      await ensureLedger(client);
      await writeAccepted(client, record);
      await placeHold(client, release.sha);
      const { accepted } = (await ask({ ask: 'accepted' })) as { accepted: { sha: string; release: object }[] };
      assert.deepEqual(
        accepted.map(({ sha }) => sha),
        [release.sha],
      );
      assert.deepEqual(accepted[0]?.release, release);
      const { hold } = (await ask({ ask: 'resume', by: 'release-desk', reason: 'mended' })) as {
        hold: { sha: string };
      };
      assert.equal(hold.sha, release.sha);
      assert.equal(await currentHold(client), undefined);
      const { rows } = await client.query('select released_by as by, reason from sallyport.hold');
      assert.deepEqual(rows, [{ by: 'release-desk', reason: 'mended' }]);
    } finally {
      await client.end();
    }
  });
});

describe('the addresses in a state', () => {
  const database = { host: 'shop-db.postgres.database.azure.com', port: 5432, database: 'app', tls: true };
  const roles = {
    type: 'pulumi-nodejs:dynamic/azure:DatabaseRoles',
    inputs: { platform: azureAddress(), users: {} },
    outputs: { address: database },
  };
  const state = (...resources: object[]) => ({ version: 3, deployment: { resources } });

  it('are those that the estate gave its gates', () => {
    const other = { type: 'pulumi:pulumi:Stack' };
    assert.deepEqual(addressesOf(state(other, roles), 'prod'), { platform: azureAddress(), database });
  });

  it('are missed with what to do, in a state that has none, or nothing at all', () => {
    const unmade = { ...roles, outputs: undefined };
    for (const found of [state(), state(unmade), { version: 3, deployment: {} }]) {
      assert.throws(
        () => addressesOf(found, 'prod'),
        /STATE_UNREADABLE: .*stack prod; needed one that was promoted to/,
      );
    }
  });
});
