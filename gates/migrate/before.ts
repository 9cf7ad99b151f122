import { acceptedReleases, isProven } from '../kernel/ledger/accepted.ts';
import { writeBrokenSurfaces } from '../kernel/ledger/broken-surface.ts';
import type { World } from '../kernel/world.ts';
import { smokeServing } from '../smoke/serving.ts';
import { historyDigest } from './history-digest.ts';

/**
 * Asks the release that serves before its schema is touched, so that the smoke gate can tell what a migration broke from
 * what was broken before. Only on a schema that the release was proven on: on any other, a migration may be to blame.
 */
export async function smokeBefore(world: World, recorded: readonly string[]): Promise<void> {
  const client = await world.database();
  const [accepted] = await acceptedReleases(client);
  if (accepted === undefined || !(await isProven(client, accepted.releaseDigest, historyDigest(recorded)))) return;
  const serving = await smokeServing({ ...world, say: () => undefined }, accepted);
  if (serving.kind === 'missing') return; // the smoke gate meets it again, and it blocks there
  const broken = serving.suite.surfaces.filter((surface) => surface.outcome !== 'passed').map(({ surface }) => surface);
  if (broken.length > 0) world.say(`the release that serves fails before any migration: ${broken.join(', ')}`);
  await writeBrokenSurfaces(client, accepted.releaseDigest, broken);
}
