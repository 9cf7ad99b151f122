import { GateError } from '../../kernel/gate-error.ts';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { SurfaceResult } from '../../smoke/facts.ts';
import { runSuite } from '../../smoke/suite.ts';
import type { FlipContext } from './flip-context.ts';

/**
 * Asks every surface of the release at the public addresses; surfaces are only read.
 * @throws GateError SURFACE_WITHOUT_ASSERTION, SMOKE_ASSERTION_FAILED or SMOKE_UNREACHABLE.
 */
export async function smokePublic({ world, release }: Pick<FlipContext, 'world' | 'release'>): Promise<number> {
  const { apps } = await world.platform();
  const addresses: Record<string, string | undefined> = {};
  for (const name of Object.keys(release.services)) addresses[name] = (await apps.getApp(name))?.address;
  const surfaces = await runSuite(world, release.smoke, addresses);
  const findings = surfaces.flatMap(judge);
  if (findings.length > 0) throw new GateError(findings);
  return surfaces.length;
}

function judge(surface: SurfaceResult): readonly Finding[] {
  switch (surface.outcome) {
    case 'passed':
      return [];
    case 'unasserted':
      return [blocker('SURFACE_WITHOUT_ASSERTION', surface.surface, 'no assertion', 'one at least')];
    case 'transient': {
      const last = surface.timeline.at(-1);
      const found = `${last?.error ?? `status ${last?.status}`} after ${surface.timeline.length} tries`;
      return [blocker('SMOKE_UNREACHABLE', surface.surface, found, 'a definite answer')];
    }
    case 'failed':
      return surface.assertions
        .filter(({ passed }) => !passed)
        .map(({ id, actual, expected }) =>
          blocker('SMOKE_ASSERTION_FAILED', `${surface.surface} ${id}`, actual, expected),
        );
    default:
      return surface.outcome satisfies never;
  }
}
