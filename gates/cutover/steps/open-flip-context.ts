import type { Client } from 'pg';
import type { DatabaseAddress } from '../../../infra/platform.ts';
import { connect } from '../../kernel/database.ts';
import { gateError } from '../../kernel/gate-error.ts';
import { takePromotionLock } from '../../kernel/promotion-lock.ts';
import type { Release } from '../../kernel/release.ts';
import type { World } from '../../kernel/world.ts';
import type { Plan, WorkerJob } from '../plan.ts';
import { openSession, sideOf } from '../sides.ts';
import { appLogin } from './app-login.ts';
import type { FlipContext, FlipParts, Rollout } from './flip-context.ts';
import { servingRelease } from './serving-release.ts';

/** What a context is made from; `database` is the source as the platform's roles open it: the ledger is there. */
export interface FlipGround {
  readonly plan: Plan;
  readonly job?: WorkerJob | undefined;
  readonly release: Release;
  readonly rollout: Rollout;
  readonly world: World;
  readonly database: DatabaseAddress;
  /** The parts of the backfill and the verification, on sessions of the operators. */
  readonly partsOf: (sides: { readonly source: Client; readonly target: Client }) => FlipParts;
}

/** What is there without the target. */
export interface SourceContext extends Omit<FlipContext, 'target' | 'parts'> {
  readonly source: Client;
}

/**
 * Opens the sessions to the source, works, and closes them.
 * @throws GateError POINTER_MISSING where the platform has none; what opening a session throws.
 */
export async function openSource<T>(
  ground: Omit<FlipGround, 'partsOf'>,
  work: (context: SourceContext) => Promise<T>,
): Promise<T> {
  const { plan, job, release, rollout, world, database } = ground;
  const platform = await world.platform();
  const { pointer } = platform;
  if (pointer === undefined) {
    throw gateError('POINTER_MISSING', platform.address.kind, 'a platform without a pointer', 'one that has it');
  }
  const gates = (address: DatabaseAddress) => connect(platform, address, 'gates', `sallyport cutover ${plan.id}`);
  const { host, port, database: name, tls } = sideOf(plan, 'target');
  const users = database.users === undefined ? {} : { users: database.users };
  const ledger = await gates(database);
  try {
    const source = await openSession(plan, 'source');
    try {
      return await work({
        ...{ plan, job, rollout, world, pointer, ledger, source, gates },
        release: await servingRelease(ledger, release),
        targetAddress: { host, port, database: name, tls, ...users },
        login: (side, role) => appLogin(platform, database, plan, side, role),
      });
    } finally {
      await source.end();
    }
  } finally {
    await ledger.end();
  }
}

/**
 * Opens every session that a flip works on, works, and closes them. Nothing is promoted on the target meanwhile: after a flip
 * it is the target that promotions lock.
 * @throws GateError PROMOTION_IN_PROGRESS, and as {@link openSource}.
 */
export async function withFlipContext<T>(ground: FlipGround, work: (context: FlipContext) => Promise<T>): Promise<T> {
  return openSource(ground, async (context) => {
    const { plan, source, targetAddress, gates } = context;
    await takePromotionLock(JSON.stringify(targetAddress), () => gates(targetAddress));
    const target = await openSession(plan, 'target');
    try {
      return await work({ ...context, target, parts: ground.partsOf({ source, target }) });
    } finally {
      await target.end();
    }
  });
}
