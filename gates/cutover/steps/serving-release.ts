import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import { acceptedReleases } from '../../kernel/ledger/accepted.ts';
import type { Release } from '../../kernel/release.ts';

/**
 * The cutover's release with the services and the smoke suite of the one that was accepted last: what runs is rolled, and
 * asked as its promotion asked it.
 * @throws GateError APP_NOT_AS_SERVED where nothing was accepted.
 */
export async function servingRelease(ledger: ClientBase, release: Release): Promise<Release> {
  const [accepted] = await acceptedReleases(ledger);
  if (accepted === undefined) {
    throw gateError('APP_NOT_AS_SERVED', 'ledger', 'no accepted release', 'an application that was promoted');
  }
  const { services, smoke } = accepted.release;
  return { ...release, services, smoke };
}
