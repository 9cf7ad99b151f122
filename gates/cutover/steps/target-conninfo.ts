import type { Plan } from '../plan.ts';
import { databaseIn, sideOf } from '../sides.ts';

/**
 * The variable that may hold the target's URL as the *source's server* sees it: `CUTOVER_TARGET_DIRECT_URL` →
 * `CUTOVER_TARGET_FROM_SOURCE_URL`.
 */
export function fromSourceVariable({ target }: Pick<Plan, 'target'>): string {
  return `${target.direct.replace(/(_DIRECT)?_URL$/, '')}_FROM_SOURCE_URL`;
}

/**
 * libpq's connection string by which the source's server follows the target. It holds the password: never shown.
 * @throws GateError SIDE_NOT_NAMED, SIDE_MOVED, DATABASE_URL_INVALID.
 */
export function targetConninfo(plan: Pick<Plan, 'source' | 'target'>): string {
  const direct = sideOf(plan, 'target');
  const variable = fromSourceVariable(plan);
  const override = process.env[variable] ?? '';
  const { host, port, user, password, database } = override === '' ? direct : databaseIn(variable);
  const url = new URL((override === '' ? process.env[plan.target.direct] : override) ?? '');
  const tls = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'].flatMap((key) => {
    const value = url.searchParams.get(key);
    return value === null ? [] : [[key, value] as const];
  });
  return [
    ...Object.entries({ host, port: String(port), user, password, dbname: database, connect_timeout: '10' }),
    ...tls,
  ]
    .map(([key, value]) => `${key}='${value.replace(/[\\']/g, '\\$&')}'`)
    .join(' ');
}
