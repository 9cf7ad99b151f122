import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts, SideFacts } from '../facts.ts';

/** A right that is missing, and what gives it. */
type Missing = readonly [boolean, string, string];

/** The operator may do on each side what this cutover does there. */
export function rights(facts: PreflightFacts): readonly Finding[] {
  const { plan, source, target } = facts;
  const replicate = plan.strategy === 'replicate';
  const tables = source.relations.filter(({ kind }) => ['r', 'p'].includes(kind));
  const unread = source.relations.filter(({ readable }) => !readable).map(({ name }) => name);
  const foreign = tables.filter(({ owned }) => !owned);
  const owners = [...new Set(foreign.map(({ owner }) => owner))];
  const onTarget = [...new Set(tables.map(({ owner }) => owner))].filter(
    (owner) => target.roles.includes(owner) && !target.held.includes(owner),
  );
  const subscription = 'grant pg_create_subscription (16 and later), or be a superuser';
  const published = (owner: string) => replicate && owners.includes(owner);
  const own = (owner: string) => `grant ${owner} to the operator: it has to act for the tables' owner`;
  return [
    ...missing(source, plan.source.direct, [
      [!source.operator.seesAll, 'see what other sessions do', 'grant pg_monitor'],
      [!source.operator.signals, 'end other sessions', 'grant pg_signal_backend'],
      [!source.operator.ownsDatabase, 'set the database read-only', 'grant the role that owns the database'],
      [unread.length > 0, `read ${unread.slice(0, 3).join(', ')}`, 'grant pg_read_all_data'],
      [replicate && !source.operator.replicates, 'replicate', 'alter role … replication'],
      [replicate && !source.operator.creates, 'make a publication', 'grant create on the database'],
      ...owners.map((owner): Missing => [replicate, `publish the tables of ${owner}`, own(owner)]),
      ...source.grantors
        .filter((grantor) => !published(grantor))
        .map(
          (grantor): Missing => [
            true,
            `take and give back what ${grantor} granted`,
            `grant ${grantor} to the operator`,
          ],
        ),
      [plan.reverse && !source.operator.subscribes, 'subscribe for the way back', subscription],
    ]),
    ...missing(target, plan.target.direct, [
      [!target.operator.seesAll, 'see what other sessions do', 'grant pg_monitor'],
      [!target.operator.signals, 'end other sessions on the way back', 'grant pg_signal_backend'],
      [
        !target.operator.ownsDatabase,
        'set the database read-only on the way back',
        'grant the role that owns the database',
      ],
      [!target.operator.creates, 'make schemas', 'grant create on the database'],
      [!target.marks, 'mark the candidate', 'grant usage, create on schema sallyport'],
      [replicate && !target.operator.subscribes, 'subscribe', subscription],
      [
        target.ledgerRole !== undefined,
        `hand the ledger over to ${target.ledgerRole}`,
        `grant ${target.ledgerRole} to the operator, or make it the owner of schema sallyport`,
      ],
      ...onTarget.map((owner): Missing => [true, `act as ${owner}, who owns the tables`, own(owner)]),
      [plan.reverse && !target.operator.replicates, 'replicate for the way back', 'alter role … replication'],
    ]),
  ];
}

function missing({ operator }: SideFacts, about: string, rights: readonly Missing[]): readonly Finding[] {
  return rights.flatMap(([lacks, what, how]) =>
    lacks ? [blocker('OPERATOR_RIGHTS', about, `role ${operator.role}, which may not ${what}`, how)] : [],
  );
}
