import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** No transaction stays open that a slot, or the freeze, would have to wait for. */
export function transactions({ plan, source }: PreflightFacts): readonly Finding[] {
  const prepared = source.prepared.map((gid) =>
    blocker('PREPARED_TRANSACTION', gid, 'a prepared transaction, which no end of a session ends', 'none'),
  );
  if (plan.strategy !== 'replicate') return prepared;
  return [
    ...prepared,
    ...source.preparedElsewhere.map((gid) =>
      warning('PREPARED_TRANSACTION', gid, 'one of another database, which a slot waits for too', 'its end'),
    ),
    ...source.longTransactions.map((who) =>
      warning(
        'LONG_TRANSACTION',
        who,
        'a transaction with writes that is still open',
        'its end, before a slot can be made',
      ),
    ),
  ];
}
