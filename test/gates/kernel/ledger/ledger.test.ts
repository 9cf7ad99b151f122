import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Client } from 'pg';
import { acceptedReleases, isProven, writeAccepted, writeProof } from '../../../../gates/kernel/ledger/accepted.ts';
import {
  beginAttempt,
  evidenceOfAttempts,
  finishAttempt,
  knownReceipts,
} from '../../../../gates/kernel/ledger/attempt.ts';
import { brokenSurfaces, writeBrokenSurfaces } from '../../../../gates/kernel/ledger/broken-surface.ts';
import { currentHold, placeHold, releaseHold } from '../../../../gates/kernel/ledger/hold.ts';
import { recordedHashes, recordHashes } from '../../../../gates/kernel/ledger/migration-hash.ts';
import { ensureLedger, hasLedger } from '../../../../gates/kernel/ledger/schema.ts';
import { releaseDigest } from '../../../../gates/kernel/release.ts';
import { freshDatabase, type TestDatabase } from '../../local-environment.ts';
import { receiptFor, sampleRelease } from '../../sample-release.ts';

const release = sampleRelease();
const digest = releaseDigest(release);
const of = { gate: 'guard', sha: release.sha, release: digest, subject: 's', stack: 'test' };
const passed = {
  verdict: 'passed',
  reasonCode: null,
  evidence: '{}',
  evidenceDigest: 'e',
  receiptDigest: 'r',
} as const;

describe('the ledger', () => {
  let database: TestDatabase;
  let client: Client;
  before(async () => {
    database = await freshDatabase();
    client = await database.session();
  });
  after(() => client.end());

  describe('before it is there', () => {
    it('is not there, and asking for it makes nothing', async () => assert.equal(await hasLedger(client), false));

    it('is made once by several who come first at the same time', async () => {
      const sessions = await Promise.all(Array.from({ length: 5 }, () => database.session()));
      try {
        await Promise.all(sessions.map((session) => ensureLedger(session)));
        assert.equal(await hasLedger(client), true);
      } finally {
        await Promise.all(sessions.map((session) => session.end()));
      }
    });

    it('is left as it is when it is asked for again', async () => {
      await placeHold(client, 'aaaaaaa');
      await ensureLedger(client);
      assert.equal((await currentHold(client))?.sha, 'aaaaaaa');
    });
  });

  describe('once it is there', () => {
    beforeEach(async () => {
      await ensureLedger(client);
      await client.query(`
        truncate sallyport.attempt, sallyport.accepted, sallyport.proof, sallyport.migration_hash, sallyport.hold,
          sallyport.broken_surface`);
    });

    it('is not touched where a later version has been', async () => {
      await client.query('begin');
      try {
        await client.query(`comment on schema sallyport is 'ledger 999'`);
        await assert.rejects(ensureLedger(client), /LEDGER_NEWER/);
        await assert.rejects(hasLedger(client), /LEDGER_NEWER/);
      } finally {
        await client.query('rollback');
      }
    });

    it('gives an attempt that has no verdict back to whoever comes next', async () => {
      const first = await beginAttempt(client, of);
      const second = await beginAttempt(client, { ...of, subject: 'another', stack: 'another' });
      assert.deepEqual(second, { ...first, resumed: true });
      assert.equal(first.resumed, false);
    });

    it('begins a new attempt after a verdict, for another gate, and for another release', async () => {
      const first = await beginAttempt(client, of);
      const others = [
        await beginAttempt(client, { ...of, gate: 'smoke' }),
        await beginAttempt(client, { ...of, release: 'another' }),
      ];
      await finishAttempt(client, first.id, { ...passed, verdict: 'failed', receiptDigest: null });
      others.push(await beginAttempt(client, of));
      assert.equal(new Set([first, ...others].map((attempt) => attempt.id)).size, 4);
      assert.ok(others.every((attempt) => !attempt.resumed));
    });

    it('keeps the first verdict of an attempt', async () => {
      const { id } = await beginAttempt(client, of);
      await finishAttempt(client, id, { ...passed, verdict: 'failed', evidence: 'first', receiptDigest: null });
      await finishAttempt(client, id, { ...passed, evidence: 'second' });
      const [row] = await evidenceOfAttempts(client, [id]);
      assert.equal(row?.evidence, 'first');
      assert.equal((await knownReceipts(client, ['r'])).size, 0);
    });

    it('knows the receipts of passed attempts only', async () => {
      const finish = async (gate: string, verdict: 'passed' | 'failed', receiptDigest: string) =>
        finishAttempt(client, (await beginAttempt(client, { ...of, gate })).id, { ...passed, verdict, receiptDigest });
      await finish('guard', 'passed', 'one');
      await finish('smoke', 'failed', 'two');
      assert.deepEqual([...(await knownReceipts(client, ['one', 'two', 'three']))], ['one']);
      assert.equal((await knownReceipts(client, [])).size, 0);
    });

    it('writes an accepted release once an attempt', async () => {
      const receipts = [receiptFor(release, 'flip')];
      const record = { sha: release.sha, releaseDigest: digest, release, revisions: { api: 'api--1' } };
      const accepted = { ...record, mode: 'forward' as const, historyDigest: 'h', owner: 'release-desk', receipts };
      await writeAccepted(client, { ...accepted, attempt: 1 });
      await writeAccepted(client, { ...accepted, attempt: 1, mode: 'rollback' });
      await writeAccepted(client, { ...accepted, attempt: 2, mode: 'steady', reviewer: 'platform-desk' });
      const found = await acceptedReleases(client);
      assert.deepEqual(
        found.map((each) => each.mode),
        ['steady', 'forward'],
      );
      const [newest] = found;
      assert.ok(newest);
      assert.equal(releaseDigest(newest.release), digest, 'the release comes back as it was');
      assert.deepEqual(newest.revisions, { api: 'api--1' });
    });

    it('knows on which schema a release was proven', async () => {
      await writeProof(client, digest, 'h', 1);
      await writeProof(client, digest, 'h', 2);
      assert.equal(await isProven(client, digest, 'h'), true);
      assert.equal(await isProven(client, digest, 'other'), false);
      assert.equal(await isProven(client, 'other', 'h'), false);
    });

    it('has one hold at a time, and lets it go on record', async () => {
      assert.equal(await currentHold(client), undefined);
      await placeHold(client, 'aaaaaaa');
      await placeHold(client, 'bbbbbbb');
      assert.equal((await currentHold(client))?.sha, 'aaaaaaa');
      assert.equal((await releaseHold(client, 'release-desk', 'mended'))?.sha, 'aaaaaaa');
      assert.equal(await currentHold(client), undefined);
      assert.equal(await releaseHold(client, 'release-desk', 'again'), undefined);
      const { rows } = await client.query('select released_by, reason from sallyport.hold');
      assert.deepEqual(rows, [{ released_by: 'release-desk', reason: 'mended' }]);
      await placeHold(client, 'ccccccc');
      assert.equal((await currentHold(client))?.sha, 'ccccccc');
    });

    it('keeps the first content hash of a migration', async () => {
      const [one, two] = release.migrations.files;
      assert.ok(one && two);
      await recordHashes(client, [one]);
      await recordHashes(client, [{ ...one, sha256: 'edited' }, two]);
      await recordHashes(client, []);
      assert.deepEqual(Object.fromEntries(await recordedHashes(client)), {
        [one.name]: one.sha256,
        [two.name]: two.sha256,
      });
    });

    it('knows which surfaces were broken last time they were asked', async () => {
      await writeBrokenSurfaces(client, digest, ['b', 'a']);
      assert.deepEqual(await brokenSurfaces(client, digest), ['a', 'b']);
      await writeBrokenSurfaces(client, digest, ['b']);
      assert.deepEqual(await brokenSurfaces(client, digest), ['b']);
      assert.deepEqual(await brokenSurfaces(client, 'other'), []);
      await writeBrokenSurfaces(client, digest, []);
      assert.deepEqual(await brokenSurfaces(client, digest), []);
    });

    it('is closed to the application and to its migrations', async () => {
      for (const role of ['app', 'migrator'] as const) {
        const session = await database.session(role);
        try {
          await assert.rejects(session.query('select from sallyport.attempt'), /permission denied/);
          await assert.rejects(session.query(`insert into sallyport.hold (sha) values ('x')`), /permission denied/);
        } finally {
          await session.end();
        }
      }
    });
  });
});
