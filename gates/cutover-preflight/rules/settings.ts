import { type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Settings of the database and of its roles, which nothing carries over, are the same. Values are not shown: one may be a secret. */
export function settings({ plan, source, target }: PreflightFacts): readonly Finding[] {
  const known = new Set(['everybody', ...source.roles, ...plan.freeze.roles]);
  return Object.entries(source.databaseSettings)
    .filter(([key, digest]) => known.has(key.slice(0, key.lastIndexOf(' '))) && target.databaseSettings[key] !== digest)
    .map(([key]) => {
      const found =
        target.databaseSettings[key] === undefined ? 'not set on the target' : 'another value on the target';
      return warning('SETTINGS_DIFFER', `setting of ${key}`, found, 'what the source has');
    });
}
