import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import type { Plan } from '../plan.ts';
import type { Side } from '../sides.ts';
import { databaseSetting } from './read-only-settings.ts';
import { rolesToClose } from './roles-to-close.ts';
import { isTaken, rightsInTheWay, writeRights } from './write-rights.ts';

/**
 * Looks whether a side that the ledger says is frozen still is, on the server: somebody may have opened it by hand, past the
 * ledger, and what was proven of a side that stands still holds no more.
 * @throws GateError FREEZE_INCOMPLETE.
 */
export async function demandClosed(client: ClientBase, { freeze }: Pick<Plan, 'freeze'>, side: Side): Promise<void> {
  const open = (found: string) =>
    gateError('FREEZE_INCOMPLETE', side, `${found}, since it was frozen`, 'one that stays frozen until this has ended');
  if ((await databaseSetting(client)).before !== 'on') throw open('a database whose new sessions may write');
  const roles = await rolesToClose(client, freeze.roles);
  const [right] = rightsInTheWay(await writeRights(client), roles).filter(({ grantee }) => isTaken(grantee, roles));
  if (right === undefined) return;
  throw open(`${right.privilege} on ${right.schema}.${right.name} given to ${right.grantee ?? 'PUBLIC'}`);
}
