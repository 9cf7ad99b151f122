import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import type { Plan } from '../plan.ts';
import type { Side } from '../sides.ts';
import { readFreezeJournal, recordFreeze } from './freeze-journal.ts';
import { firstOfEach, putSetting, settingsNotBack } from './read-only-settings.ts';
import { giveRights, rightsNotThere, rightsStanding } from './write-rights.ts';

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
  const settings = firstOfEach(journal.settings);
  if (settings.length === 0 && journal.stoppedAt === undefined) return { settings: 0, rights: 0 };
  for (const { role, before } of settings) await putSetting(client, role, before);
  const rights = await rightsStanding(client, journal.rights);
  await giveRights(client, rights);
  const missing = await rightsNotThere(client, rights);
  const left = [
    ...(await settingsNotBack(client, journal)),
    ...missing.map(
      ({ privilege, schema, name, grantee }) => `no ${privilege} on ${schema}.${name} of ${grantee ?? 'PUBLIC'}`,
    ),
  ];
  if (left.length > 0) {
    throw gateError('THAW_INCOMPLETE', side, left.slice(0, 10).join('; '), 'everything as before the freeze');
  }
  await recordFreeze(ledger, plan, side, 'thawed', { settings: settings.length, rights: rights.length });
  return { settings: settings.length, rights: rights.length };
}
