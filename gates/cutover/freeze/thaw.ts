import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import type { Plan } from '../plan.ts';
import type { Side } from '../sides.ts';
import { readFreezeJournal, recordFreeze, rightKey, type WriteRight } from './freeze-journal.ts';
import { firstOfEach, putSetting, settingsNotBack, settingsStanding } from './read-only-settings.ts';
import { giveRights, rightsNotThere, rightsStanding, takeRights } from './write-rights.ts';

/** What a thaw has put back. */
export interface Thawed {
  readonly settings: number;
  readonly rights: number;
}

/**
 * Undoes what the ledger says a freeze has changed, and nothing else: settings as they were, rights from those who had given
 * them. It may be killed anywhere, and run again; where nothing is frozen it does nothing.
 * @throws GateError THAW_INCOMPLETE, naming what is not back; the ledger keeps it for the next run.
 */
export async function thaw(
  ledger: ClientBase,
  client: ClientBase,
  plan: Pick<Plan, 'id'>,
  side: Side = 'source',
): Promise<Thawed> {
  const journal = await readFreezeJournal(ledger, plan, side);
  const frozen = firstOfEach(journal.settings);
  if (frozen.length === 0 && journal.stoppedAt === undefined) return { settings: 0, rights: 0 };
  const settings = await settingsStanding(client, frozen);
  for (const { role, before } of settings) await putSetting(client, role, before);
  const given = new Set(journal.given.map(rightKey));
  const before = journal.rights.filter((right) => !given.has(rightKey(right)));
  const rights = await rightsStanding(client, before);
  await giveRights(client, rights);
  const missing = await rightsNotThere(client, rights);
  const extra = await takeBack(client, journal.given);
  const left = [
    ...(await settingsNotBack(client, settings)),
    ...missing.map(
      ({ privilege, schema, name, grantee }) => `no ${privilege} on ${schema}.${name} of ${grantee ?? 'PUBLIC'}`,
    ),
    ...extra.map(({ privilege, schema, name, grantee }) => `${privilege} on ${schema}.${name} of ${grantee}`),
  ];
  if (left.length > 0) {
    throw gateError('THAW_INCOMPLETE', side, left.slice(0, 10).join('; '), 'everything as before the freeze');
  }
  await recordFreeze(ledger, plan, side, 'thawed', { settings: settings.length, rights: rights.length });
  return { settings: settings.length, rights: rights.length };
}

/** What the operator was given for the time of the freeze; gives what it still has of that. */
async function takeBack(client: ClientBase, given: readonly WriteRight[]): Promise<readonly WriteRight[]> {
  const standing = await rightsStanding(client, given);
  const grantees = standing.flatMap(({ grantee }) => grantee ?? []);
  await takeRights(client, standing, grantees);
  const gone = new Set((await rightsNotThere(client, standing)).map(rightKey));
  return standing.filter((right) => !gone.has(rightKey(right)));
}
