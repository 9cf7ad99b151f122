import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import { sequencesBehind } from '../../verify/checks/sequences.ts';

/** An edge need not be an integer in a column of another kind of number; the next value is beyond it then. */
const advance = `select pg_catalog.setval($1::regclass, trunc($2::numeric)::bigint)`;

/**
 * Sets every sequence beyond what its columns have, where the other side cannot be asked where it stands: replicated rows came
 * without it. Idempotent; gives how many were behind.
 * @throws GateError SEQUENCE_NOT_CARRIED where one cannot be set beyond.
 */
export async function advanceSequences(client: ClientBase): Promise<number> {
  const set = new Map<string, string>();
  for (;;) {
    const [first] = await sequencesBehind(client);
    if (first === undefined) return set.size;
    const { sequence, edge, next, about } = first;
    // With several columns one may be behind again, but never by the same value.
    if (edge === undefined || set.get(sequence) === edge) {
      throw gateError('SEQUENCE_NOT_CARRIED', sequence, `next value ${next}`, `one beyond ${edge} in ${about}`);
    }
    set.set(sequence, edge);
    await client.query('begin read write');
    try {
      await client.query(advance, [sequence, edge]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  }
}
