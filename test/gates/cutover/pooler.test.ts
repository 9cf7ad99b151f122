import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { betweenUs } from '../../../gates/cutover/pooler.ts';
import { databaseTarget } from '../../../gates/kernel/database-url.ts';
import { type PoolerManner, startPooler } from '../../support/pooler.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify/verify-servers.ts';

describe('what stands between us and a server', function () {
  this.timeout(120_000);
  let database: VerifyDatabase;
  before(async () => {
    database = await verifyDatabase(majors.target);
  });

  const ask = (url: string) => betweenUs(databaseTarget({ DATABASE_URL: url }, 'a test'), 'a test');
  async function behind(manner: PoolerManner) {
    const pooler = await startPooler(database.url, manner);
    try {
      return await ask(pooler.url);
    } finally {
      await pooler.close();
    }
  }

  it('is nothing, on a direct address', async () => {
    assert.deepEqual(await ask(database.url), { pooled: [], proxied: false });
  });

  for (const [what, manner, sign] of [
    [
      'refuses settings at the start',
      { share: true, options: 'refuse' },
      /refused for a setting .*unsupported startup/,
    ],
    ['refuses them and shares nothing', { share: false, options: 'refuse' }, /refused for a setting/],
    ['drops them', { share: false, options: 'drop' }, /without the setting/],
    ['shares sessions', { share: true, options: 'drop' }, /one session in two processes/],
    ['shares sessions, and passes settings on', { share: true, options: 'pass' }, /one session in two processes/],
    ['shares one session', { share: true, options: 'pass', size: 1 }, /does not answer while another one/],
    ['gives no transactions', { share: true, options: 'drop', transactions: 'refuse' }, /a transaction refused/],
  ] as const) {
    it(`is a pooler, where one ${what}`, async () => {
      const { pooled } = await behind(manner);
      assert.match(pooled.join('; '), sign);
    });
  }

  it('is a gateway and no pooler, where sessions are whole', async () => {
    assert.deepEqual(await behind({ share: false, options: 'pass' }), { pooled: [], proxied: true });
  });

  it('is unknown where nobody is let in', async () => {
    await assert.rejects(ask(database.url.replace(/:[^:@]+@/, ':wrong@')), /DATABASE_UNREACHABLE/);
  });
});
