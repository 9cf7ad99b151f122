import assert from 'node:assert/strict';
import type { CutoverProject } from './cutover-project.ts';
import type { DeskLoad } from './desk-load.ts';

/** The application is used while something happens; gives what its clients saw. */
export async function whileUsed(desk: CutoverProject, work: () => Promise<void>): Promise<DeskLoad> {
  const load = await desk.load();
  let seen: DeskLoad;
  try {
    await work();
  } finally {
    seen = await load.stop();
  }
  return seen;
}

/** After a way back: every row of the candidate is on the source, whoever wrote it since the flip. */
export async function assertAllBack({ sql }: Pick<CutoverProject, 'sql'>): Promise<void> {
  const references = async (side: 'source' | 'target') =>
    (await sql<{ reference: string }>(side, 'select reference from events')).map(({ reference }) => reference);
  const back = new Set(await references('source'));
  const there = await references('target');
  assert.ok(there.length > 0, 'the candidate has no rows to look for');
  assert.deepEqual(
    there.filter((reference) => !back.has(reference)),
    [],
    'rows of the candidate are not there',
  );
}

/**
 * The application is used while something happens: every write that it acknowledged is on this side afterwards, once, and no read
 * failed but those that may.
 */
export async function useDesk(
  desk: CutoverProject,
  side: 'source' | 'target',
  work: () => Promise<void>,
  mayFail = /^never/,
): Promise<DeskLoad> {
  const seen = await whileUsed(desk, work);
  const rows = await desk.sql<{ reference: string }>(side, 'select reference from events');
  const kept = new Set(rows.map(({ reference }) => reference));
  assert.equal(kept.size, rows.length, 'an event is there twice');
  assert.deepEqual(
    seen.acknowledged.filter((reference) => !kept.has(reference)),
    [],
    `acknowledged writes are lost, of ${seen.acknowledged.length}`,
  );
  assert.ok(seen.acknowledged.length > 0, 'no write was taken');
  const failed = new Set(seen.failedReads.filter((said) => !mayFail.test(said)));
  assert.deepEqual([...failed], [], `${seen.failedReads.length} of ${seen.reads} reads`);
  return seen;
}
