import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Has all that is asked of a server; tried are 15, 17 and 18. */
const oldest = 140_000;

/** Both servers are of a version that is supported, and the target's major version is not the older one. */
export function versions({ plan, source, target }: PreflightFacts): readonly Finding[] {
  const old = [source, target].filter((side) => side.version < oldest);
  const unsupported = old.map((side) =>
    blocker(
      'SERVER_VERSION',
      (side === source ? plan.source : plan.target).direct,
      `PostgreSQL ${side.versionText}`,
      'PostgreSQL 14 or later',
    ),
  );
  if (majorOf(target.version) >= majorOf(source.version)) return unsupported;
  const needed = `PostgreSQL ${majorOf(source.version)} or later, as the source`;
  return [...unsupported, blocker('SERVER_VERSION', plan.target.direct, `PostgreSQL ${target.versionText}`, needed)];
}

function majorOf(version: number): number {
  return Math.floor(version / 10_000);
}
