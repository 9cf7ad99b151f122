import type { DatabaseTarget } from '../kernel/database-url.ts';
import type { Plan } from './plan.ts';
import { databaseIn, type Side, sideOf } from './sides.ts';

/**
 * libpq's connection string by which the other side's server follows this one: by the URL in `variable` where that is set, as
 * that server may see it under another name, and by its direct one otherwise. It holds the password: never shown. What the
 * URL says of TLS goes with it, as the server's libpq understands it.
 * @throws GateError SIDE_NOT_NAMED, SIDE_MOVED, DATABASE_URL_INVALID.
 */
export function conninfoOf(plan: Pick<Plan, Side>, side: Side, variable: string): string {
  const direct = sideOf(plan, side);
  const override = process.env[variable] ?? '';
  const url = override === '' ? process.env[plan[side].direct] : override;
  return conninfo(override === '' ? direct : databaseIn(variable), new URL(url ?? '').searchParams);
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
