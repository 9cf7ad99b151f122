import type { StackConfig } from './config.ts';

/** The secret that names a server on which the rehearsal makes its shadow. */
export const shadowSecret = 'rehearse-shadow-url';

/**
 * The secrets of the stack that gates ask for where they run in a job: headers of the smoke suite, and the server of the
 * rehearsal, because the gates' image has no PostgreSQL of its own.
 */
export function gateSecrets({ smoke, rehearse }: StackConfig): readonly string[] {
  const headers = Object.values(smoke.surfaces).flatMap((surface) => Object.values(surface.headers));
  const asked = headers.flatMap((value) => (typeof value === 'string' ? [] : [value.secret]));
  const shadow = rehearse.without === undefined ? [shadowSecret] : [];
  return [...new Set([...asked, ...shadow])].sort();
}
