import type { Platform } from '../../infra/platform.ts';
import { connect } from './database.ts';
import type { GateInputs } from './gate.ts';
import { takePromotionLock } from './promotion-lock.ts';

/** Takes the promotion lock of a gate's database for this process. @throws GateError PROMOTION_IN_PROGRESS. */
export function lockPromotion(
  inputs: Pick<GateInputs, 'database' | 'stack' | 'release'>,
  platform: () => Promise<Platform>,
): Promise<void> {
  const { database, stack, release } = inputs;
  const name = `sallyport up ${stack} ${release.sha.slice(0, 12)}`;
  return takePromotionLock(JSON.stringify(database), async () => connect(await platform(), database, 'gates', name));
}
