import { databaseVariables } from '../gates/kernel/database-url.ts';
import type { StackConfig } from './config.ts';
import { type ConfigProblem, problemAt } from './config-problem.ts';

const parts = databaseVariables.filter((name) => name !== 'DATABASE_URL');

/**
 * Each service names its database once, by DATABASE_URL or by POSTGRES_* (C10). The values are secrets that only the
 * platform holds, so two that disagree could not be seen from here: both at once are refused.
 */
export function databaseEnvironment({ release }: StackConfig): readonly ConfigProblem[] {
  return Object.entries(release.services).flatMap(([service, { env, secretEnv, standbyEnv }]) => {
    const given = { ...env, ...standbyEnv, ...secretEnv };
    if (given.DATABASE_URL === undefined) return [];
    const kind = (name: string) => (secretEnv[name] === undefined ? 'env' : 'secretEnv');
    return parts
      .filter((name) => given[name] !== undefined)
      .map((name) =>
        problemAt(
          ['release', 'services', service, kind(name), name],
          `${name} beside DATABASE_URL`,
          'one of the two: DATABASE_URL alone, or POSTGRES_* alone',
        ),
      );
  });
}
