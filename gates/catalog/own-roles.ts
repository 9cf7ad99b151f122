import type { DatabaseAddress } from '../../infra/platform.ts';
import type { Catalog } from './catalog.ts';

/** The catalog with the release's roles under their own names: on Azure a server calls them as the identities are called. */
export function withOwnRoles(catalog: Catalog, { users }: Pick<DatabaseAddress, 'users'>): Catalog {
  if (users === undefined) return catalog;
  const roles = Object.entries(users).map(([role, name]) => ({ role, name: RegExp.escape(name) }));
  const objectOf = (object: string) =>
    /^(grant|default privilege) /.test(object)
      ? roles.reduce(
          (text, { role, name }) => text.replace(new RegExp(`(?<= (to|of) )${name}(?= to | in |$)`, 'g'), role),
          object,
        )
      : object;
  const definitionOf = (definition: string) =>
    roles.reduce(
      (text, { role, name }) => text.replace(new RegExp(`(?<=\\bowner )${name}(?=,|$)`, 'g'), role),
      definition,
    );
  return new Map([...catalog].map(([object, definition]) => [objectOf(object), definitionOf(definition)]));
}
