import type { Release } from '../gates/kernel/release.ts';

/** Secrets that the services of a release ask for; those of the database are the platform's own. */
export function platformSecrets({ services }: Release): readonly string[] {
  const asked = Object.values(services).flatMap((service) => Object.values(service.secretEnv));
  return [...new Set(asked)].filter((secret) => !secret.startsWith('database-')).sort();
}
