import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { markBuilding, readCandidate } from '../../../gates/cutover/candidate.ts';
import { databaseId } from '../../../gates/cutover/database-id.ts';
import type { CutoverInputs } from '../../../gates/cutover/plan.ts';
import { cutoverVerify } from '../../../gates/cutover-verify/cutover-verify.ts';
import { sha256 } from '../../../gates/kernel/digest.ts';
import { ensureLedger } from '../../../gates/kernel/ledger/schema.ts';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import { openWorld } from '../../../gates/kernel/world.ts';
import { readSecret } from '../../../infra/local/secrets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type PairDatabase, pairPlan, inSession as session } from '../cutover/pair.ts';
import { freshDatabase, type TestDatabase } from '../local-environment.ts';
import { artifactsIn } from '../sample-gate.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../sample-release.ts';

const rows = `create table public.rows (id int primary key, body text); insert into public.rows values (1, 'one'), (2, 'two')`;

describe('the evidence of a verification', () => {
  let on: TestDatabase;
  let target: PairDatabase;
  let inputs: CutoverInputs;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    on = await freshDatabase();
    folder = await temporaryFolder();
    const source = await asOperator(on);
    target = await asOperator(await freshDatabase());
    for (const { url } of [source, target]) await session(url, (client) => client.query(rows));
    const gates = await on.session();
    await ensureLedger(gates);
    await gates.end();
    const plan = pairPlan(source, target, { strategy: 'copy' });
    const id = await session(source.url, databaseId);
    const build = await session(target.url, (client) =>
      markBuilding(client, { cutover: plan.id, plan: 'p', source: id }),
    );
    const receipts = [receiptFor(sampleRelease(), 'cutover-schema', { build })];
    const { platform, database } = on;
    inputs = { ...sampleInputs({ platform, database, receipts, artifacts: artifactsIn(folder.path) }), plan };
  });
  after(() => folder.remove());

  async function asOperator({ platform, database }: TestDatabase): Promise<PairDatabase> {
    const password = await readSecret(platform.directory ?? '', 'database-password-postgres');
    const at = `${database.host}:${database.port}/${database.database}`;
    const url = `postgres://postgres:${encodeURIComponent(password)}@${at}`;
    return { url, migrator: url, address: database, at };
  }
  async function verified() {
    const signal = AbortSignal.timeout(60_000);
    const { world, close } = openWorld('cutover-verify', inputs, { signal, attempt: undefined, pending: true });
    try {
      const quiet = { ...world, say: () => undefined };
      const facts = await cutoverVerify.inspect(quiet, inputs);
      const done = await cutoverVerify.act?.(quiet, inputs, facts);
      return cutoverVerify.evidence.body.parse(cutoverVerify.report(inputs, facts, done));
    } finally {
      await close();
    }
  }
  const read = (body: Record<string, unknown>, name: string) =>
    readFile(join(projectRoot, String(body.folder), name), 'utf8');

  async function assertChained(body: Record<string, unknown>): Promise<void> {
    const [run, scan] = [await read(body, 'run.json'), await read(body, 'scan.json')];
    assert.deepEqual([body.runSha256, body.scanSha256], [sha256(run), sha256(scan)]);
    assert.equal(JSON.parse(run).leavesSha256, sha256(await read(body, 'leaves.json')));
  }

  it('names the records of its run by what is in them', async () => {
    const body = await verified();
    assert.notEqual(body.root, null);
    await assertChained(body);
    assert.equal((await session(target.url, readCandidate))?.state, 'verified');
  });

  it('does so also where the rows differ', async () => {
    await session(target.url, (client) => client.query(`update public.rows set body = 'other' where id = 2`));
    const body = await verified();
    await assertChained(body);
    assert.match(await read(body, 'scan.json'), /CONTENT_DIFFERS/);
  });

  it('names none where no run came to an end', () => {
    const body = cutoverVerify.evidence.body.parse(cutoverVerify.report(inputs, undefined, undefined));
    assert.deepEqual([body.folder, body.runSha256, body.scanSha256], [null, null, null]);
  });
});
