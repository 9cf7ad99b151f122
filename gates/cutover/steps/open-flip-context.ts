import type { Client } from 'pg';
import type { DatabaseAddress } from '../../../infra/platform.ts';
import { connect } from '../../kernel/database.ts';
import { gateError } from '../../kernel/gate-error.ts';
import type { Release } from '../../kernel/release.ts';
import type { World } from '../../kernel/world.ts';
import type { Plan } from '../plan.ts';
import { openSession, sideOf } from '../sides.ts';
import type { FlipContext, FlipParts, Rollout } from './flip-context.ts';
import { loginAs } from './login-as.ts';
import { servingRelease } from './serving-release.ts';

/** What a context is made from; `database` is the source as the platform's roles open it: the ledger is there. */
export interface FlipGround {
  readonly plan: Plan;
  readonly release: Release;
  readonly rollout: Rollout;
  readonly world: World;
  readonly database: DatabaseAddress;
  /** The parts of the backfill and the verification, on sessions of the operators. */
  readonly partsOf: (sides: { readonly source: Client; readonly target: Client }) => FlipParts;
}

/**
 * Opens every session that a flip works on, works, and closes them.
 * @throws GateError POINTER_MISSING where the platform has none; what opening a session throws.
 */
export async function withFlipContext<T>(ground: FlipGround, work: (context: FlipContext) => Promise<T>): Promise<T> {
  const { plan, release, rollout, world, database, partsOf } = ground;
  const platform = await world.platform();
  const { pointer } = platform;
  if (pointer === undefined) {
    throw gateError('POINTER_MISSING', platform.address.kind, 'a platform without a pointer', 'one that has it');
  }
  const opened: Client[] = [];
  const kept = async (session: Promise<Client>) => {
    const client = await session;
    opened.push(client);
    return client;
  };
  const gates = (address: DatabaseAddress) => connect(platform, address, 'gates', `sallyport cutover ${plan.id}`);
  try {
    const ledger = await kept(gates(database));
    const source = await kept(openSession(plan, 'source'));
    const target = await kept(openSession(plan, 'target'));
    const { host, port, database: name, tls } = sideOf(plan, 'target');
    const users = database.users === undefined ? {} : { users: database.users };
    return await work({
      ...{ plan, rollout, world, pointer, ledger, source, target, gates },
      release: await servingRelease(ledger, release),
      parts: partsOf({ source, target }),
      targetAddress: { host, port, database: name, tls, ...users },
      login: (side, role) => loginAs(platform, database, plan, side, role),
    });
  } finally {
    await Promise.all(opened.map((client) => client.end()));
  }
}
