import type { ClientBase } from 'pg';
import { z } from 'zod';
import { comparedAhead, lastCutoverEvent, recordEvent } from '../../kernel/ledger/cutover-event.ts';
import { type Feed, feedSchema } from '../../verify/touched/feed.ts';
import type { Touched } from '../../verify/touched/touched-keys.ts';
import { keptTouched, touchedRecord, touchedSchema } from '../../verify/touched/touched-record.ts';
import type { Plan } from '../plan.ts';

const aheadSchema = z.object({
  opened: feedSchema.shape.lsn.describe('where the feed of the verification was opened'),
  feed: feedSchema,
  left: touchedSchema,
});

/** From where a feed is read, and what was read of it before and is not compared yet. */
export interface Ahead {
  readonly feed: Feed;
  readonly left: Touched | undefined;
}

/** How far a feed of a verification was compared; from its opening on where nothing was. */
export async function readAhead(ledger: ClientBase, { id }: Pick<Plan, 'id'>, feed: Feed): Promise<Ahead> {
  const last = await lastCutoverEvent(ledger, id, comparedAhead, { opened: feed.lsn });
  if (last === undefined) return { feed, left: undefined };
  const { feed: from, left } = aheadSchema.parse(last.detail);
  return { feed: from, left: keptTouched(left) };
}

/** Keeps what is left, before the feed lets go of it. */
export async function keepAhead(
  ledger: ClientBase,
  { id }: Pick<Plan, 'id'>,
  opened: Feed,
  { feed, left }: { readonly feed: Feed; readonly left: Touched },
): Promise<void> {
  await recordEvent(ledger, id, comparedAhead, { opened: opened.lsn, feed, left: touchedRecord(left) });
}
