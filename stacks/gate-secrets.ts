import type { StackConfig } from './config.ts';

/** The secrets of the stack that gates ask for: headers of the smoke suite, and the shadow's server where one is given. */
export function gateSecrets({ smoke, platform }: StackConfig): readonly string[] {
  const headers = Object.values(smoke.surfaces).flatMap((surface) => Object.values(surface.headers));
  const asked = headers.flatMap((value) => (typeof value === 'string' ? [] : [value.secret]));
  const shadow = 'rehearse-shadow-url';
  const given = platform.kind === 'azure' && platform.secrets[shadow] !== undefined ? [shadow] : [];
  return [...new Set([...asked, ...given])].sort();
}
