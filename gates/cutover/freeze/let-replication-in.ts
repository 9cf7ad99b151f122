import type { ClientBase } from 'pg';
import type { Plan } from '../plan.ts';
import type { Side } from '../sides.ts';
import { readFreezeJournal, recordFreeze } from './freeze-journal.ts';
import { sessionRole } from './permitted.ts';
import { putSetting, roleSetting } from './read-only-settings.ts';
import { giveRights, rightsLacking } from './write-rights.ts';

/**
 * Lets what the operator's subscriptions apply into a frozen database: their workers run as the operator and begin with the
 * settings of its role, which outweigh the database's. An operator who is no superuser may write as a member of the tables'
 * owner, whose rights the freeze may have taken: it gets rights of its own. Undone by the thaw.
 */
export async function letReplicationIn(
  ledger: ClientBase,
  client: ClientBase,
  plan: Pick<Plan, 'id'>,
  side: Side,
): Promise<void> {
  const role = await sessionRole(client);
  const { settings } = await readFreezeJournal(ledger, plan, side);
  if (!settings.some((each) => each.role === role)) {
    await recordFreeze(ledger, plan, side, 'setting', { ...(await roleSetting(client, role)) });
  }
  await putSetting(client, role, 'off');
  const lacking = await rightsLacking(client);
  if (lacking.length === 0) return;
  await recordFreeze(ledger, plan, side, 'given', { rights: lacking });
  await giveRights(client, lacking);
}
