import type { DatabaseTarget } from '../../kernel/database-url.ts';
import type { Plan } from '../plan.ts';
import { databaseIn, sideOf } from '../sides.ts';

/**
 * The variable that may hold the source's URL as the *target's server* sees it (another network, another name):
 * `CUTOVER_SOURCE_DIRECT_URL` → `CUTOVER_SOURCE_FROM_TARGET_URL`.
 */
export function fromTargetVariable({ source }: Pick<Plan, 'source'>): string {
  return `${source.direct.replace(/(_DIRECT)?_URL$/, '')}_FROM_TARGET_URL`;
}

/**
 * libpq's connection string by which the target's server follows the source. It holds the password: never shown.
 * What the URL says of TLS goes with it, as the server's libpq understands it.
 * @throws GateError SIDE_NOT_NAMED, SIDE_MOVED, DATABASE_URL_INVALID.
 */
export function sourceConninfo(plan: Pick<Plan, 'source' | 'target'>): string {
  const direct = sideOf(plan, 'source');
  const variable = fromTargetVariable(plan);
  const override = process.env[variable] ?? '';
  const url = override === '' ? process.env[plan.source.direct] : override;
  const target = override === '' ? direct : databaseIn(variable);
  return conninfo(target, new URL(url ?? '').searchParams);
}

function conninfo(target: DatabaseTarget, parameters: URLSearchParams): string {
  const tls = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'].flatMap((key) => {
    const value = parameters.get(key);
    return value === null ? [] : [[key, value] as const];
  });
  const { host, port, user, password, database } = target;
  return [
    ...Object.entries({ host, port: String(port), user, password, dbname: database, connect_timeout: '10' }),
    ...tls,
  ]
    .map(([key, value]) => `${key}='${value.replace(/[\\']/g, '\\$&')}'`)
    .join(' ');
}
