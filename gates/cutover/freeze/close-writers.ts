import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import type { Plan } from '../plan.ts';
import type { Side } from '../sides.ts';
import { readFreezeJournal, recordFreeze, rightKey, type WriteRight } from './freeze-journal.ts';
import { permitted } from './permitted.ts';
import { databaseSetting, putSetting, settingsToFreeze } from './read-only-settings.ts';
import { rolesToClose } from './roles-to-close.ts';
import { isTaken, rightsInTheWay, takeRights, writeRights } from './write-rights.ts';

/** New sessions: the settings of the roles and, unless it is let be, of the database for all others. */
export async function closeToNew(
  ledger: ClientBase,
  client: ClientBase,
  plan: Pick<Plan, 'id' | 'freeze'>,
  side: Side,
  ledgerRole: string,
  { database } = { database: true },
): Promise<void> {
  const { settings } = await readFreezeJournal(ledger, plan, side);
  const own = database ? [await databaseSetting(client)] : [];
  const wanted = [...own, ...(await settingsToFreeze(client, plan.freeze.roles, ledgerRole))];
  for (const { role, before } of wanted) {
    const known = settings.some((each) => each.role === role);
    if (!known) await recordFreeze(ledger, plan, side, 'setting', { role, before });
    await permitted(`the setting of ${role ?? 'the database'}`, () => putSetting(client, role, 'on'));
  }
}

/** Running sessions: the rights of the roles and of PUBLIC. Gives all rights that are taken now, or were before. */
export async function closeToRunning(
  ledger: ClientBase,
  client: ClientBase,
  plan: Pick<Plan, 'id' | 'freeze'>,
  side: Side,
): Promise<readonly WriteRight[]> {
  const roles = await rolesToClose(client, plan.freeze.roles);
  const journal = await readFreezeJournal(ledger, plan, side);
  const known = new Set(journal.rights.map(rightKey));
  const inTheWay = rightsInTheWay(await writeRights(client), roles);
  const more = inTheWay.filter((right) => !known.has(rightKey(right)));
  if (more.length > 0 || journal.stoppedAt === undefined) {
    await recordFreeze(ledger, plan, side, 'rights', { rights: more });
  }
  await permitted('rights to write', () => takeRights(client, inTheWay, roles));
  const left = rightsInTheWay(await writeRights(client), roles).filter(({ grantee }) => isTaken(grantee, roles));
  const [one] = left;
  if (one !== undefined) {
    const found = `${one.privilege} on ${one.schema}.${one.name} of ${one.grantee ?? 'PUBLIC'}, and ${left.length - 1} more rights`;
    throw gateError('FREEZE_FORBIDDEN', side, found, 'rights that the operator can take');
  }
  return [...journal.rights, ...more];
}
