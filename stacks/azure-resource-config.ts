import { z } from 'zod';

/** Id of a subscription, a tenant or a principal. */
export const guid = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'a GUID, 8-4-4-4-12 hex digits');

/** ARM id of a resource of one type: `Microsoft.App/managedEnvironments`, or deeper for a child. */
export function armId(type: string) {
  const [provider = '', ...levels] = type.split('/');
  const path = levels.map((level) => `/${level}/[^/]+`).join('');
  const pattern = new RegExp(
    `^/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]+/providers/${provider.replace('.', '\\.')}${path}$`,
    'i',
  );
  return z.string().regex(pattern, `an ARM id: /subscriptions/…/resourceGroups/…/providers/${type}`);
}

/** Names one that is brought. */
export function existing(type: string) {
  return armId(type).describe('ARM id of the one that is there already; none is made then');
}

/** A name as the service takes it; made of `platform.name` where none is given. */
export function named(pattern: RegExp, needed: string) {
  return z.string().regex(pattern, needed).optional().describe(`${needed}; made of platform.name where none is given`);
}
