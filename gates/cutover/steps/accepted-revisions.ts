import type { ClientBase } from 'pg';
import type { Revisions } from './roll-apps.ts';

const update = `
update sallyport.accepted set revisions = revisions || $1::jsonb
where seq = (select max(seq) from sallyport.accepted)`;

/**
 * The accepted release serves in other revisions now: the ledger says in which, so that the next promotion does not take them
 * for somebody's own. Release, receipts and the evidence of its acceptance stay as they were.
 */
export async function recordRevisions(ledger: ClientBase, revisions: Revisions): Promise<void> {
  await ledger.query(update, [JSON.stringify(revisions)]);
}
