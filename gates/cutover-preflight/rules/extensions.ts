import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Every extension of the source is on the target, or could be, in the same version. */
export function extensions({ source, target }: PreflightFacts): readonly Finding[] {
  return Object.entries(source.extensions).flatMap(([name, version]) => {
    const found = target.extensions[name];
    const available = target.available[name];
    if (found === version) return [];
    if (found !== undefined) {
      return [warning('EXTENSION_VERSION', name, `${found} on the target`, `${version}, as on the source`)];
    }
    if (available === undefined) {
      return [blocker('EXTENSION_UNAVAILABLE', name, "an extension that the target's server does not have", version)];
    }
    return [warning('EXTENSION_MISSING', name, `not there yet; ${available} is available`, version)];
  });
}
