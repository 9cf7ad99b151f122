import pg from 'pg';
import { GateError, gateError, messageOf } from '../../kernel/gate-error.ts';
import { nameError } from '../../kernel/name-error.ts';

/** What the source says to the opening, closing or advancing of a feed, with its reason; a lost session keeps its own. */
export function refusedBySource(error: unknown, slot: string): unknown {
  if (!isAnswer(error)) return nameError(error, slot);
  return gateError('FEED_REFUSED', slot, messageOf(error), 'a feed of changes from the source', error);
}

/** Why a feed could not be read to its end: a slot that is gone or fell behind, or something that is not understood. */
export function unreadFeed(error: unknown, slot: string): unknown {
  const named = nameError(error, slot);
  if (named instanceof GateError && !isAnswer(error)) return named;
  const gone = error instanceof pg.DatabaseError && ['42704', '55000'].includes(error.code ?? '');
  if (gone) return gateError('FEED_LOST', slot, messageOf(error), 'a slot that has every change', error);
  return gateError('FEED_UNREADABLE', slot, messageOf(error), 'changes that are understood, every one', error);
}

/** An answer of the server's own, not one on its way down. */
function isAnswer(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && !/^(08|57P)/.test(error.code ?? '');
}
